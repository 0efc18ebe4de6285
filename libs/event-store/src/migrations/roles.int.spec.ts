import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { assertSafeRole, UnsafeRole } from './assert-safe-role.js';

const REFUSED = '42501';
const ROLES = ['apiUrl', 'workerUrl', 'auditUrl'] as const;
const LOG_TABLES = ['log.events', 'log.contents', 'log.idempotent_answers'];

let database: FreshDatabase;
const pools = new Map<string, pg.Pool>();

beforeAll(async () => {
  database = await freshDatabase();
  for (const role of [...ROLES, 'databaseUrl'] as const) {
    pools.set(role, openPool({ url: database[role], applicationName: 'roles', connectionsMax: 3 }));
  }
  const log = new PostgresLog({ pool: poolOf('apiUrl'), newEventId: uuid });
  await log.append(append(write('wl_1', 0, ['one', 'two'])));
});

afterAll(async () => {
  await Promise.all([...pools.values()].map((pool) => pool.end()));
  await database.drop();
});

function poolOf(role: string): pg.Pool {
  const pool = pools.get(role);
  if (pool === undefined) throw new Error(`no pool for ${role}`);
  return pool;
}

async function codeOf(role: string, sql: string): Promise<string | undefined> {
  try {
    await poolOf(role).query(sql);
    return undefined;
  } catch (error) {
    return (error as pg.DatabaseError).code;
  }
}

describe('application roles', () => {
  it.each(ROLES)('%s can neither insert into the log nor change or empty it', async (role) => {
    for (const table of LOG_TABLES) {
      expect(await codeOf(role, `INSERT INTO ${table} SELECT * FROM ${table}`)).toBe(REFUSED);
      expect(await codeOf(role, `DELETE FROM ${table}`)).toBe(REFUSED);
      expect(await codeOf(role, `TRUNCATE ${table}`)).toBe(REFUSED);
      expect(await codeOf(role, `DROP TABLE ${table}`)).toBe(REFUSED);
    }
    expect(await codeOf(role, `UPDATE log.events SET type = 'Forged'`)).toBe(REFUSED);
    expect(await codeOf(role, `UPDATE log.contents SET body = '1'`)).toBe(REFUSED);
    expect(await codeOf(role, `UPDATE log.idempotent_answers SET status = 1`)).toBe(REFUSED);
  });

  it.each(ROLES)('%s cannot switch the protection off or become its owner', async (role) => {
    for (const statement of [
      'ALTER TABLE log.events DISABLE TRIGGER refuse_change',
      'ALTER TABLE log.events DISABLE TRIGGER ALL',
      'DROP TRIGGER refuse_change ON log.events',
      'CREATE OR REPLACE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
      'SET ROLE bulkhead_owner',
      'CREATE TABLE log.other (id int)',
      'GRANT INSERT ON log.events TO PUBLIC',
      `SET session_replication_role = 'replica'`,
    ]) {
      // A GRANT without the right to grant only warns; what counts is that nothing was granted.
      if (!statement.startsWith('GRANT')) expect(await codeOf(role, statement)).toBe(REFUSED);
      else await codeOf(role, statement);
    }
    expect(await codeOf(role, 'INSERT INTO log.events SELECT * FROM log.events')).toBe(REFUSED);
  });

  it('keeps contents and stored answers from the auditor', async () => {
    expect(await codeOf('auditUrl', 'SELECT * FROM log.contents')).toBe(REFUSED);
    expect(await codeOf('auditUrl', 'SELECT * FROM log.idempotent_answers')).toBe(REFUSED);
    expect(await codeOf('auditUrl', 'SELECT * FROM log.events')).toBeUndefined();
  });

  it('lets the auditor append nothing', async () => {
    const log = new PostgresLog({ pool: poolOf('auditUrl'), newEventId: uuid });
    await expect(log.append(append(write('wl_2', 0)))).rejects.toMatchObject({ code: REFUSED });
  });

  it('lets only the worker write what follows the log', async () => {
    const statement = `DELETE FROM read.workloads`;
    expect(await codeOf('workerUrl', statement)).toBeUndefined();
    expect(await codeOf('apiUrl', statement)).toBe(REFUSED);
    expect(await codeOf('auditUrl', statement)).toBe(REFUSED);
    expect(await codeOf('apiUrl', 'DELETE FROM consumers.checkpoints')).toBe(REFUSED);
    const bullmq = 'CREATE SCHEMA IF NOT EXISTS bullmq';
    expect(await codeOf('workerUrl', bullmq)).toBeUndefined();
    expect(await codeOf('workerUrl', 'CREATE TABLE bullmq.job (id int)')).toBeUndefined();
    expect(await codeOf('apiUrl', 'SELECT * FROM bullmq.job')).toBe(REFUSED);
  });
});

describe('the log’s table', () => {
  it.each([
    `UPDATE log.events SET type = 'Forged'`,
    'DELETE FROM log.events WHERE false',
    'TRUNCATE log.events',
    `SET session_replication_role = 'replica'; DELETE FROM log.events`,
  ])('refuses even the superuser: %s', async (statement) => {
    await expect(poolOf('databaseUrl').query(statement)).rejects.toThrow('append-only');
  });

  it('still holds what was appended', async () => {
    const { rows } = await poolOf('auditUrl').query('SELECT type FROM log.events');
    expect(rows).toEqual(Array(2).fill({ type: 'WorkloadCancelRequested' }));
  });
});

describe('assertSafeRole', () => {
  it('refuses to boot as superuser or as a member of the owner, and says why', async () => {
    await expect(assertSafeRole(poolOf('databaseUrl'))).rejects.toThrow(/is a superuser/);
    await expect(assertSafeRole(poolOf('databaseUrl'))).rejects.toBeInstanceOf(UnsafeRole);
    for (const role of ROLES) await expect(assertSafeRole(poolOf(role))).resolves.toBeUndefined();
  });

  it('refuses a role that may write rows of the log, however it came by that right', async () => {
    const role = `writer_${randomBytes(8).toString('hex')}`;
    const password = randomBytes(16).toString('hex');
    const admin = poolOf('databaseUrl');
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}' IN ROLE pg_write_all_data`);
    const url = new URL(database.databaseUrl);
    Object.assign(url, { username: role, password });
    const pool = openPool({ url: url.href, applicationName: 'roles', connectionsMax: 1 });
    try {
      await expect(assertSafeRole(pool)).rejects.toThrow('it may write the log past its function');
    } finally {
      await pool.end();
      await admin.query(`DROP ROLE ${role}`);
    }
  });
});
