import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@bulkhead/event-store';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/launcher/src/postgres/embedded-postgres.js';
import { copyIn } from './copy-in.js';
import { logRows, STEP_MS } from './log-rows.js';

/** Room for what is measured; everything that concerns durability is as it comes. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB' };

/** A migrated database of one benchmark's own. */
export interface LogDatabase {
  /** The superuser's. */
  readonly adminUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly auditUrl: string;
}

/** A server with default durability that is gone, with its files, when the benchmark ends. */
export interface BenchServer {
  database(name: string): Promise<LogDatabase>;
  drop(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-bench-'));
  const server = await startEmbeddedPostgres({ folder, settings: SETTINGS });
  const password = randomBytes(16).toString('hex');
  return {
    async database(name) {
      await withClient(server.url, (client) => client.query(`CREATE DATABASE ${name}`));
      const adminUrl = urlFor(server.url, name);
      const as = (role: string) => urlFor(server.url, name, role, password);
      const workerUrl = as('bulkhead_worker');
      const auditUrl = as('bulkhead_audit');
      const apiUrl = as('bulkhead_api');
      await migrate({ databaseUrl: adminUrl, roles: { apiUrl, workerUrl, auditUrl } });
      return { adminUrl, apiUrl, workerUrl, auditUrl };
    },
    async drop(name) {
      await withClient(server.url, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Fills an empty log past its only door, which nobody but the superuser can: what is measured here is a
 * log that is long, not how it became so. Indexes are made afterwards, which is faster.
 */
export async function fillLog(
  { adminUrl }: LogDatabase,
  events: number,
  toldMax = TOLD_MAX,
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ make: string; name: string }>(SECONDARY_INDEXES);
    for (const { name } of rows) await client.query(`DROP INDEX log.${name}`);
    const told = Math.min(events, toldMax);
    await copyIn(client, 'COPY log.events FROM STDIN', logRows(told));
    for (let nr = 1; nr * told < events; nr += 1) {
      await client.query(TELL_AGAIN, [nr, told, events, nr * told * STEP_MS]);
    }
    for (const { make } of rows) await client.query(make);
    await client.query('VACUUM (FREEZE, ANALYZE) log.events');
    await client.query('CHECKPOINT');
  });
}

/** Beyond, Postgres tells the same histories again, under later ids and times, which is faster. */
const TOLD_MAX = 1_000_000;

const TELL_AGAIN = `
  INSERT INTO log.events
  SELECT position + $1::bigint * $2::bigint, gen_random_uuid(),
         CASE WHEN stream ~ '_[0-9a-f]{32}$'
              THEN overlay(stream PLACING lpad(to_hex(
                     ('x' || substr(right(stream, 32), 1, 12))::bit(48)::bigint + $4::bigint), 12, '0')
                   FROM length(stream) - 31 FOR 12)
              ELSE stream || $1::text END,
         version, tenant, type, schema_version,
         occurred_at + $4::bigint * interval '1 millisecond',
         recorded_at + $4::bigint * interval '1 millisecond', metadata, payload
    FROM log.events
   WHERE position <= least($2::bigint, $3::bigint - $1::bigint * $2::bigint)
   ORDER BY position`;

/** Those that no constraint needs. */
const SECONDARY_INDEXES = `
  SELECT c.relname AS name, pg_get_indexdef(indexrelid) AS make
    FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
   WHERE indrelid = 'log.events'::regclass
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`;

export async function withClient<T>(
  url: string,
  act: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

function urlFor(adminUrl: string, database: string, user?: string, password = ''): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) {
    url.username = user;
    url.password = password;
  }
  return url.href;
}
