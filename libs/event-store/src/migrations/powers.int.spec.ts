import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { OWNER_ROLE } from './roles.js';

const REFUSED = '42501';
const ROLES = ['apiUrl', 'workerUrl', 'auditUrl'] as const;
type Role = (typeof ROLES)[number];

interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** Outside of schema log, what the worker alone may write: the work of those who follow the log. */
const WORKERS_OWN = new Set(['consumers', 'read', 'tree', 'output', 'webhooks']);
const SCHEMAS = ['log', 'consumers', 'read', 'tree', 'limits', 'output', 'webhooks'];

let database: FreshDatabase;
let admin: pg.Pool;
const pools = new Map<Role, pg.Pool>();
/** Asked of the catalogue, so that a table of tomorrow is tried as well. */
let relations: readonly Relation[];
let functions: readonly string[];

beforeAll(async () => {
  database = await freshDatabase();
  admin = openPool({ url: database.databaseUrl, applicationName: 'powers', connectionsMax: 2 });
  for (const role of ROLES) {
    const options = { url: database[role], applicationName: 'powers', connectionsMax: 2 };
    pools.set(role, openPool(options));
  }
  const log = new PostgresLog({ pool: poolOf('apiUrl'), newEventId: uuid });
  await log.append(append(write('wl_1', 0, ['one', 'two'])));
  ({ rows: relations } = await admin.query<Relation>(
    `SELECT n.nspname AS schema, format('%I.%I', n.nspname, c.relname) AS name,
            array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          AND a.attidentity <> 'a' AND a.attgenerated = ''
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND n.nspname = ANY ($1)
      GROUP BY n.nspname, c.relname ORDER BY 2`,
    [SCHEMAS],
  ));
  const { rows } = await admin.query<{ name: string }>(
    `SELECT p.oid::regprocedure::text AS name FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = ANY ($1) ORDER BY 1`,
    [SCHEMAS],
  );
  functions = rows.map(({ name }) => name);
});

afterAll(async () => {
  await Promise.all([admin, ...pools.values()].map((pool) => pool.end()));
  await database.drop();
});

function poolOf(role: Role): pg.Pool {
  const pool = pools.get(role);
  if (pool === undefined) throw new Error(`no pool for ${role}`);
  return pool;
}

/** Tries each statement by itself, with the caller's rights, in one round trip for all of them. */
const TRY = `
  CREATE OR REPLACE FUNCTION pg_temp.try(statements text[]) RETURNS text[] LANGUAGE plpgsql AS $$
  DECLARE
    statement text;
    others text[] := '{}';
  BEGIN
    FOREACH statement IN ARRAY statements LOOP
      BEGIN
        EXECUTE statement;
        others := others || ('done: ' || statement);
      EXCEPTION
        WHEN insufficient_privilege THEN NULL;
        WHEN OTHERS THEN others := others || (SQLSTATE || ': ' || statement);
      END;
    END LOOP;
    RETURN others;
  END $$`;

/** Those of the statements that were not refused for want of a right, each with what came instead. */
async function notRefused(role: Role, statements: readonly string[]): Promise<string[]> {
  const client = await poolOf(role).connect();
  try {
    await client.query(TRY);
    const { rows } = await client.query('SELECT pg_temp.try($1) AS others', [statements]);
    return rows[0].others;
  } finally {
    client.release();
  }
}

/** For what Postgres allows nobody inside a function. */
async function codesOf(role: Role, statements: readonly string[]): Promise<string[]> {
  const codes = new Set<string>();
  for (const statement of statements) {
    const told = await poolOf(role)
      .query(statement)
      .then(
        () => `done: ${statement}`,
        (error: pg.DatabaseError) => error.code ?? error.message,
      );
    codes.add(told);
  }
  return [...codes];
}

/** Every column on its own: a right to one of them would be enough to forge. */
const writesOf = ({ name, columns }: Relation) => [
  `INSERT INTO ${name} DEFAULT VALUES`,
  ...columns.map((column) => `INSERT INTO ${name} (${column}) VALUES (NULL)`),
  ...columns.map((column) => `UPDATE ${name} SET ${column} = NULL`),
  `DELETE FROM ${name}`,
  `TRUNCATE ${name}`,
  `SELECT FROM ${name} FOR UPDATE`,
];

const changesOf = ({ schema, name, columns }: Relation) => [
  `DO 'BEGIN LOCK TABLE ${name} IN EXCLUSIVE MODE; END'`,
  `DROP TABLE ${name}`,
  `ALTER TABLE ${name} DISABLE TRIGGER ALL`,
  `ALTER TABLE ${name} OWNER TO CURRENT_USER`,
  `ALTER TABLE ${name} ALTER COLUMN ${columns[0]} DROP NOT NULL`,
  `ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`,
  `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`,
  `CREATE POLICY mine ON ${name} USING (true)`,
  `CREATE TRIGGER mine BEFORE INSERT ON ${name} EXECUTE FUNCTION log.refuse_change()`,
  `CREATE RULE mine AS ON INSERT TO ${name} DO INSTEAD NOTHING`,
  `CREATE INDEX ON ${name} (${columns[0]})`,
  `CREATE TABLE ${schema}.mine (id int REFERENCES ${name})`,
  `CREATE STATISTICS ${schema}.mine ON ${columns.slice(0, 2).join(', ')} FROM ${name}`,
];

const TRIGGER = 'refuse_change ON log.events';
const ESCALATIONS = [
  `DROP TRIGGER ${TRIGGER}`,
  `ALTER TRIGGER ${TRIGGER} RENAME TO gone`,
  'ALTER TABLE log.events DISABLE TRIGGER refuse_change',
  'ALTER TABLE log.events ENABLE REPLICA TRIGGER refuse_change',
  `SET session_replication_role = 'replica'`,
  `SET ROLE ${OWNER_ROLE}`,
  `SET SESSION AUTHORIZATION ${OWNER_ROLE}`,
  `GRANT ${OWNER_ROLE} TO CURRENT_USER`,
  `ALTER ROLE CURRENT_USER SUPERUSER`,
  `ALTER ROLE CURRENT_USER BYPASSRLS`,
  `ALTER ROLE ${OWNER_ROLE} LOGIN`,
  'CREATE ROLE mine',
  'ALTER SYSTEM SET fsync = off',
  `COPY (SELECT 1) TO PROGRAM 'true'`,
  `CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
];
const INTO_SCHEMAS = SCHEMAS.flatMap((schema) => [
  `CREATE FUNCTION ${schema}.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  `CREATE TABLE ${schema}.mine (id int)`,
  `CREATE VIEW ${schema}.mine AS SELECT 1`,
  `CREATE TYPE ${schema}.mine AS (id int)`,
  `ALTER SCHEMA ${schema} RENAME TO mine`,
  `DROP SCHEMA ${schema} CASCADE`,
]);

describe.each(ROLES)('with the rights of %s', (role) => {
  it('nobody writes a row of any table of the log, or of what bounds submissions', async () => {
    const ofLog = relations.filter(({ schema }) => schema === 'log' || schema === 'limits');
    expect(ofLog.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'limits.windows',
        'log.contents',
        'log.events',
        'log.idempotent_answers',
      ]),
    );
    expect(await notRefused(role, ofLog.flatMap(writesOf))).toEqual([]);
  });

  it('nobody but the worker writes what follows the log', async () => {
    const others = relations.filter(({ schema }) => WORKERS_OWN.has(schema));
    expect(others.length).toBeGreaterThan(5);
    if (role !== 'workerUrl') {
      expect(await notRefused(role, others.flatMap(writesOf))).toEqual([]);
    } else {
      const lasting = new Set(['tree', 'output']);
      const tree = others.filter(({ schema }) => lasting.has(schema));
      const removals = tree.flatMap(({ name }) => [`DELETE FROM ${name}`, `TRUNCATE ${name}`]);
      expect(removals.length).toBeGreaterThan(0);
      expect(await notRefused(role, removals)).toEqual([]);
    }
  });

  it('nobody changes a table, takes its protection off or locks others out', async () => {
    // Whoever may write a read model may also lock it: it costs time and can be made anew.
    const lockable = (statement: string) =>
      role === 'workerUrl' && /LOCK TABLE (consumers|read|tree|output|webhooks)\./.test(statement);
    const statements = relations.flatMap(changesOf).filter((statement) => !lockable(statement));
    expect(await notRefused(role, statements)).toEqual([]);
  });

  it('nobody puts anything into a schema of the log, or changes its functions', async () => {
    expect(functions.some((name) => name.startsWith('log.append('))).toBe(true);
    const changes = functions.flatMap((name) => [
      `ALTER FUNCTION ${name} OWNER TO CURRENT_USER`,
      `ALTER FUNCTION ${name} SET search_path = public`,
      `DROP FUNCTION ${name}`,
    ]);
    expect(await notRefused(role, [...INTO_SCHEMAS, ...changes])).toEqual([]);
  });

  it('nobody becomes somebody who could', async () => {
    expect(await codesOf(role, ESCALATIONS)).toEqual([REFUSED]);
  });
});

describe('after all of that was tried', () => {
  it('the log is what it was, and its trigger still stands', async () => {
    const { rows } = await admin.query('SELECT version, type FROM log.events ORDER BY position');
    const type = 'WorkloadCancelRequested';
    expect(rows).toEqual([
      { version: 1, type },
      { version: 2, type },
    ]);
    await expect(admin.query('DELETE FROM log.events')).rejects.toThrow('append-only');
  });

  it('no role has been granted more than it had', async () => {
    const { rows } = await admin.query(
      `SELECT c.oid::regclass::text AS name, r.rolname AS role FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r
        WHERE n.nspname = 'log' AND c.relkind IN ('r', 'p')
          AND r.rolname IN ('bulkhead_api', 'bulkhead_worker', 'bulkhead_audit')
          AND (has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE, REFERENCES')
               OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER'))`,
    );
    expect(rows).toEqual([]);
  });
});
