import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { describeEventLog } from './event-log.contract.js';
import { PostgresLog } from './postgres-log.js';

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

describeEventLog('the log in Postgres', async () => {
  await emptyDatabase(database.databaseUrl);
  const pool = openPool({ url: database.apiUrl, applicationName: 'contract' });
  return {
    log: new PostgresLog({ pool, newEventId: uuid }),
    passTime: (ms) => makeAnswersOlder(database.databaseUrl, ms),
    close: () => pool.end(),
  };
});

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
