import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { openReadModels } from '../projections/open-read-models.js';
import { readRawEntries } from '../tree/read-raw-entries.js';
import { migrate } from './migrate.js';
import { OWNER_ROLE } from './roles.js';

let database: FreshDatabase;
let worker: pg.Client;
let traps: readonly string[];

beforeAll(async () => {
  database = await freshDatabase();
  worker = new pg.Client({ connectionString: database.workerUrl });
  await worker.connect();
  const urls = [database.databaseUrl, database.apiUrl, database.auditUrl];
  traps = [...urls.map((url) => new URL(url).username), OWNER_ROLE];
  for (const schema of traps) {
    for (const statement of trap(schema)) await worker.query(statement);
  }
});
afterAll(async () => {
  await worker.end();
  await database.drop();
});

/**
 * What a worker in wrong hands can do with its right to create schemas: one named like a role that it
 * would like to be, with an operator and a function that fit our statements better than those of Postgres.
 */
const trap = (schema: string) => [
  `CREATE SCHEMA ${schema}`,
  `CREATE TABLE ${schema}.caught (who text)`,
  `GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`,
  `GRANT INSERT ON ${schema}.caught TO PUBLIC`,
  `CREATE FUNCTION ${schema}.lie(float8, integer) RETURNS float8 LANGUAGE plpgsql AS $$
   BEGIN INSERT INTO ${schema}.caught VALUES (current_user); RETURN 0; END $$`,
  `CREATE OPERATOR ${schema}.* (LEFTARG = float8, RIGHTARG = integer, FUNCTION = ${schema}.lie)`,
  `CREATE FUNCTION ${schema}.concat(name, "char", boolean, regrole[]) RETURNS text
     LANGUAGE plpgsql AS $$
   BEGIN INSERT INTO ${schema}.caught VALUES (current_user); RETURN ''; END $$`,
];

async function caught(): Promise<string[]> {
  const selects = traps.map((schema) => `SELECT who FROM ${schema}.caught`);
  const { rows } = await worker.query<{ who: string }>(selects.join(' UNION '));
  return rows.map(({ who }) => who);
}

describe('schemas that the worker creates in the name of others', () => {
  it('do not get its code run by migrations, not even with the rights of a superuser', async () => {
    await migrate({ databaseUrl: database.databaseUrl, roles: database });
    expect(await caught()).toEqual([]);
  });

  it('do not change what auditors read', async () => {
    const pool = openPool({ url: database.auditUrl, applicationName: 'foreign-schemas' });
    const api = openPool({ url: database.apiUrl, applicationName: 'foreign-schemas' });
    try {
      const log = new PostgresLog({ pool: api, newEventId: uuid });
      const { recordedAtMs } = await log.append(append(write('wl_1', 0)));
      const [entry] = await readRawEntries(pool, { afterPosition: 0, limit: 1 });
      expect(entry).toMatchObject({ position: 1, recordedAtMs });
    } finally {
      await Promise.all([pool.end(), api.end()]);
    }
    expect(await caught()).toEqual([]);
  });

  it('do not get its code run by the lists of the api', async () => {
    const options = { url: database.apiUrl, applicationName: 'foreign-schemas' };
    const dataSource = await openReadModels(options);
    try {
      expect(await dataSource.query('SELECT 2::float8 * 3 AS six')).toEqual([{ six: 6 }]);
    } finally {
      await dataSource.destroy();
    }
    expect(await caught()).toEqual([]);
  });
});
