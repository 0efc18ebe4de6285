import pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { Contestant, Stream } from './contestant.js';
import type { Load } from './load.js';
import { sampleEvents, sampleMetadata, TENANT } from './sample-data.js';
import { serveContestant } from './serve-contestant.js';

const COLUMNS = 11;
const TABLE = 'floor.events';

/**
 * The floor: one prepared INSERT per append of the same rows into a table with the same columns and
 * indexes. No version check, no lock, no trigger, and positions that a counter in this process gives
 * out. Where there are fewer connections than appenders, they wait for one. BENCH_URL is the superuser's.
 */
async function openTable(): Promise<Contestant> {
  const clients: pg.Client[] = [];
  let idle: pg.Client[] = [];
  const waiting: ((client: pg.Client) => void)[] = [];
  let position = 0;
  const give = (client: pg.Client) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(client);
    else next(client);
  };
  return {
    async prepare({ connections }: Load) {
      const inUse = connections ?? 1;
      while (clients.length < inUse) clients.push(await connect());
      idle = clients.slice(0, inUse);
    },
    async append(stream: Stream, count: number) {
      const metadata = JSON.stringify(sampleMetadata(stream.id));
      const values: unknown[] = [];
      sampleEvents(stream.id, count).forEach((event, nr) => {
        const { type, schemaVersion, occurredAtMs, payload } = event;
        position += 1;
        const occurredAt = new Date(occurredAtMs).toISOString();
        const version = stream.version + nr + 1;
        values.push(position, uuid(), stream.id, version, TENANT, type, schemaVersion);
        values.push(occurredAt, occurredAt, metadata, JSON.stringify(payload));
      });
      const client =
        idle.pop() ?? (await new Promise<pg.Client>((resolve) => waiting.push(resolve)));
      await client.query({ ...insert(count), values });
      give(client);
    },
  };
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: process.env['BENCH_URL'],
    application_name: 'bench-raw-insert',
    keepAlive: true,
  });
  await client.connect();
  return client;
}

const INSERTS = new Map<number, { name: string; text: string }>();

function insert(rows: number): { name: string; text: string } {
  let statement = INSERTS.get(rows);
  if (statement === undefined) {
    const lists = Array.from({ length: rows }, (_, row) => {
      const first = row * COLUMNS + 1;
      return `(${Array.from({ length: COLUMNS }, (_column, nr) => `$${first + nr}`).join(', ')})`;
    });
    statement = { name: `floor-${rows}`, text: `INSERT INTO ${TABLE} VALUES ${lists.join(', ')}` };
    INSERTS.set(rows, statement);
  }
  return statement;
}

void serveContestant(openTable);
