import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { CreateLog } from './0001-create-log.js';
import { CreateAppend } from './0002-create-append.js';
import { CreateFollowers } from './0003-create-followers.js';
import { CreateGenerations } from './0005-create-generations.js';

let database: FreshDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  await client.query('DROP SCHEMA log, consumers, read CASCADE');
  await client.query('CREATE SCHEMA log; CREATE SCHEMA consumers; CREATE SCHEMA read');
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function run(...migrations: (new () => MigrationInterface)[]): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: database.databaseUrl,
    schema: 'log',
    migrations,
    installExtensions: false,
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
}

const ROWS = {
  workloads: `'wl_1', 'ten_1', NULL, 'running', NULL, NULL, now(), 3, '{}'`,
  batches: `'bat_1', 'ten_1', 'running', now(), 3, '{}'`,
  tenants: `'ten_1', 'A', 'trusted', 'own:ten_1', now(), 3, '{}'`,
  hosts: `'host_1', 'one', 'up', now(), 3, '{}'`,
  credentials: `'cred_1', 'ten_1', 'tenant', 'issued', now(), 1, '{}'`,
};

describe('rows that were there before read models had generations', () => {
  it('are the live generation of their read model, which goes on where it was', async () => {
    await run(CreateLog, CreateAppend, CreateFollowers);
    for (const [table, values] of Object.entries(ROWS)) {
      await client.query(`INSERT INTO read.${table} VALUES (${values})`);
      const checkpoint = `INSERT INTO consumers.checkpoints VALUES ($1, 42, now())`;
      await client.query(checkpoint, [table]);
    }
    await client.query(`INSERT INTO consumers.checkpoints VALUES ('dispatch', 7, now())`);
    await run(CreateLog, CreateAppend, CreateFollowers, CreateGenerations);
    for (const table of Object.keys(ROWS)) {
      const { rows } = await client.query(
        `SELECT g.state, g.version, c.position FROM read.${table} t
           JOIN read.generations g ON g.generation = t.generation AND g.projection = $1
           JOIN consumers.checkpoints c ON c.name = g.projection || '@' || g.generation`,
        [table],
      );
      expect(rows, table).toEqual([{ state: 'live', version: 1, position: '42' }]);
    }
    const { rows } = await client.query(`SELECT name FROM consumers.checkpoints ORDER BY name`);
    expect(rows.map(({ name }) => name)).toEqual([
      'batches@2',
      'credentials@5',
      'dispatch',
      'hosts@4',
      'tenants@3',
      'workloads@1',
    ]);
  });
});
