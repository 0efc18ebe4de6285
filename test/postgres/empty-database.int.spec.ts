import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTIED } from './empty-database.js';
import { type FreshDatabase, freshDatabase } from './fresh-database.js';

let database: FreshDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Every table of ours that is there, and whether migrations have put anything into it. */
async function tables(): Promise<{ name: string; isFilled: boolean }[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY name`,
  );
  const found: { name: string; isFilled: boolean }[] = [];
  for (const { name } of rows) {
    found.push({
      name,
      isFilled: (await client.query(`SELECT FROM ${name} LIMIT 1`)).rowCount === 1,
    });
  }
  return found;
}

describe('a database that is made fresh again', () => {
  it('keeps nothing of the test before: every table is emptied that is empty in a new one', async () => {
    const empty = (await tables()).filter(({ isFilled }) => !isFilled).map(({ name }) => name);
    expect([...EMPTIED].sort()).toEqual(empty);
  });
});
