import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { describeEventLog } from './event-log.contract.js';
import type { EventLog, WholeLog } from './event-log.js';
import { PostgresLog } from './postgres-log.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

describeEventLog('the log in Postgres', async () => {
  await emptyDatabase(database.databaseUrl);
  const api = openPool({ url: database.apiUrl, applicationName: 'contract' });
  const worker = openPool({ url: database.workerUrl, applicationName: 'contract' });
  return {
    log: asBothRoles(api, worker),
    passTime: (ms) => makeAnswersOlder(database.databaseUrl, ms),
    close: async () => {
      await Promise.all([api.end(), worker.end()]);
    },
  };
});

const OF_THE_API = [
  'append',
  'readStream',
  'readState',
  'readPlatform',
  'readContent',
  'readContents',
  'findAnswer',
  'lastPosition',
] as const satisfies readonly (keyof EventLog)[];

/** The api's role, which sees one owner's rows at a time, but for what only the worker's may: the whole log. */
function asBothRoles(api: pg.Pool, worker: pg.Pool): WholeLog {
  const [ofApi, whole] = [api, worker].map((pool) => new PostgresLog({ pool, newEventId: uuid }));
  const methods = OF_THE_API.map((name) => [name, ofApi?.[name].bind(ofApi)]);
  return Object.assign(Object.create(whole ?? null), Object.fromEntries(methods));
}

/** Only the superuser can; for the log it looks as if time had passed. */
async function makeAnswersOlder(databaseUrl: string, ms: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `UPDATE log.idempotent_answers SET answered_at = answered_at - $1 * interval '1 millisecond'`,
    [ms],
  );
  await client.end();
}
