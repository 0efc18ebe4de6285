import type { StreamId } from '@bulkhead/domain';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import type { Owner } from '../log/event-log.js';
import { knownEvents } from '../log/known-events.js';
import { PostgresLog } from '../log/postgres-log.js';
import { readState } from '../log/read-state.js';
import { readStream } from '../log/read-stream.js';
import { append, reasonsIn, TENANT_A, TENANT_B, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { BatchRow } from '../projections/batches.js';
import { listHosts } from '../projections/hosts.js';
import { liveRows } from '../projections/live-rows.js';
import { KEPT_STATES, openReadModels } from '../projections/open-read-models.js';
import { listTenants } from '../projections/tenants.js';
import { listWorkloads } from '../projections/workloads.js';
import { OPERATOR_SCOPE, SCOPE_SETTING } from '../row-scope.js';
import { migrate } from './migrate.js';
import { SECURED_TABLES } from './row-security.js';

/** Whose a row is, by the column that says so; a table without one is the platform's. */
const OWNER_COLUMNS = ['tenant', 'tenant_id', 'scope'];
const RIVALS = [TENANT_A, TENANT_B] as const;

let database: FreshDatabase;
let api: pg.Pool;
let admin: pg.Pool;
let log: PostgresLog;
let lists: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  const open = (url: string) =>
    openPool({ url, applicationName: 'row-security', connectionsMax: 2 });
  [api, admin] = [open(database.apiUrl), open(database.databaseUrl)];
  lists = await openReadModels({ url: database.apiUrl, applicationName: 'row-security' });
  log = new PostgresLog({ pool: api, newEventId: uuid });
  await log.append(append(write('host_1', 0, ['platform'], null)));
  for (const tenant of RIVALS) await giveRows(tenant);
  await admin.query(`
    INSERT INTO read.hosts (generation, host_id, name, status, registered_at, version, state)
    VALUES (4, 'host_1', 'a host', 'ready', now(), 1, '{}');
    INSERT INTO read.policies (generation, policy, version, state) VALUES (6, 'policy', 1, '{}')`);
});

afterAll(async () => {
  await Promise.all([api.end(), admin.end(), lists.destroy()]);
  await database.drop();
});

async function giveRows(tenant: typeof TENANT_A): Promise<void> {
  const stream = `wl_of_${tenant}` as const;
  await log.append({
    ...append(write(stream, 0, [`secret of ${tenant}`], tenant)),
    contents: [
      { tenant, stream, part: 0, saltHex: '00'.repeat(32), body: { labels: { of: tenant } } },
    ],
    idempotentAnswer: {
      scope: tenant,
      route: 'POST /v1/workloads',
      key: 'key',
      requestSha256: 'ab'.repeat(32),
      status: 202,
      body: { of: tenant },
    },
  });
  await admin.query(
    `WITH w AS (INSERT INTO read.workloads (generation, workload_id, tenant_id, status, submitted_at, version, state)
                VALUES (1, 'wl_of_' || $1, $1, 'waiting', now(), 1, '{}')),
          b AS (INSERT INTO read.batches (generation, batch_id, tenant_id, status, submitted_at, version, state)
                VALUES (2, 'bat_of_' || $1, $1, 'running', now(), 1, '{}')),
          o AS (INSERT INTO output.captures (compute_system, tenant, workload, attempt, next_offset, cost, cut)
                VALUES ('cs_of_' || $1, $1, 'wl_of_' || $1, 1, 1, 70, false)),
          k AS (INSERT INTO output.chunks (compute_system, chunk_offset, tenant, written_at, stream, body)
                VALUES ('cs_of_' || $1, 0, $1, now(), 'stdout', 'secret')),
          s AS (INSERT INTO read.schedules (generation, schedule_id, tenant_id, status, version, state)
                VALUES (7, 'sch_of_' || $1, $1, 'active', 1, '{}')),
          e AS (INSERT INTO webhooks.endpoints (webhook, tenant, status, version, state)
                VALUES ('whk_of_' || $1, $1, 'enabled', 1, '{}')),
          m AS (INSERT INTO webhooks.messages (webhook, position, message, tenant, type, subject, correlation, body, made_at, outcome)
                VALUES ('whk_of_' || $1, 1, 'msg', $1, 'webhook.test', 'whk', 'c', 'secret', now(), 'waiting')),
          t AS (INSERT INTO read.tenants (generation, tenant_id, name, trust, trust_boundary, registered_at, version, state)
                VALUES (3, $1, 'a tenant', 'hostile', 'own', now(), 1, '{}'))
     INSERT INTO read.credentials (generation, credential_id, tenant_id, role, status, issued_at, version, state)
     VALUES (5, 'cred_of_' || $1, $1, 'tenant', 'issued', now(), 1, '{}')`,
    [tenant],
  );
}

interface Readable {
  readonly name: string;
  readonly kind: string;
  readonly secured: boolean;
  readonly options: readonly string[] | null;
  readonly owner: string | null;
}

/** Everything with rows that the api's role may read where tenants' rows could be. */
async function readableByApi(): Promise<readonly Readable[]> {
  const { rows } = await api.query<Readable>(
    `SELECT c.oid::regclass::text AS name, c.relkind::text AS kind, c.reloptions AS options,
            c.relrowsecurity AND c.relforcerowsecurity AS secured,
            (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname = ANY ($1) AND NOT a.attisdropped) AS owner
       FROM pg_class c
      WHERE c.relnamespace IN ('log'::regnamespace, 'read'::regnamespace, 'output'::regnamespace,
                               'webhooks'::regnamespace)
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(c.oid, 'SELECT')
      ORDER BY 1`,
    [OWNER_COLUMNS],
  );
  return rows;
}

/** What a statement without any predicate gives, in a transaction with this scope. */
async function everythingIn(pool: pg.Pool, table: string, scope: string | null) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    if (scope !== null) {
      await client.query('SELECT set_config($1, $2, true)', [SCOPE_SETTING, scope]);
    }
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${table}`);
    await client.query('COMMIT');
    return rows;
  } finally {
    client.release();
  }
}

describe('every table that the api’s role may read', () => {
  it('is secured, by force, where it holds anybody’s rows', async () => {
    const readable = await readableByApi();
    const unsecured = readable.filter(({ secured }) => !secured).map(({ name }) => name);
    // Numbers of generations, which say nothing of anybody.
    expect(unsecured).toEqual(['read.generations']);
    expect(readable.filter(({ secured }) => secured).map(({ name }) => name)).toEqual(
      [...SECURED_TABLES].sort(),
    );
    const views = readable.filter(({ kind }) => kind !== 'r' && kind !== 'p');
    for (const { name, options } of views) expect(options, name).toContain('security_invoker=true');
  });

  it('gives a tenant’s transaction that tenant’s rows, whatever the statement forgets', async () => {
    for (const { name, owner, secured } of await readableByApi()) {
      if (!secured) continue;
      for (const tenant of RIVALS) {
        const rows = await everythingIn(api, name, tenant);
        if (owner === null) expect(rows, name).toEqual([]);
        else expect(new Set(rows.map((row) => row[owner])), name).toEqual(new Set([tenant]));
      }
    }
  });

  it('gives a transaction without a scope the platform’s rows and no tenant’s', async () => {
    for (const { name, owner, secured } of await readableByApi()) {
      if (!secured) continue;
      for (const scope of [null, '']) {
        const rows = await everythingIn(api, name, scope);
        if (owner === null) expect(rows, name).toHaveLength(1);
        else
          expect(
            rows.filter((row) => row[owner] !== null),
            name,
          ).toEqual([]);
      }
    }
    const platform = await everythingIn(api, 'log.events', null);
    expect(platform.map(({ stream }) => stream)).toEqual(['host_1']);
  });

  it('gives an operator’s scope all tenants’ read models, and nothing of their logs', async () => {
    for (const { name, owner } of await readableByApi()) {
      const rows = await everythingIn(api, name, OPERATOR_SCOPE);
      if (/^(log|output|webhooks)\./.test(name)) expect(rows, name).toEqual([]);
      else if (owner !== null)
        expect(new Set(rows.map((row) => row[owner]))).toEqual(new Set(RIVALS));
      else expect(rows.length, name).toBeGreaterThan(0);
    }
  });

  it.each(['workerUrl', 'auditUrl'] as const)('is whole for %s', async (role) => {
    const pool = openPool({ url: database[role], applicationName: 'row-security' });
    const owners = (rows: Record<string, unknown>[], column: string) =>
      new Set(rows.map((row) => row[column]));
    expect(owners(await everythingIn(pool, 'log.events', null), 'tenant')).toEqual(
      new Set([null, ...RIVALS]),
    );
    expect(owners(await everythingIn(pool, 'read.workloads', null), 'tenant_id')).toEqual(
      new Set(RIVALS),
    );
    expect(await everythingIn(pool, 'read.hosts', TENANT_A)).toHaveLength(1);
    await pool.end();
  });
});

describe('the scope of a read', () => {
  it('lets through what the read is for, and ends with it', async () => {
    const one = openPool({ url: database.apiUrl, applicationName: 'one', connectionsMax: 1 });
    const reader = new PostgresLog({ pool: one, newEventId: uuid, keptStates: KEPT_STATES });
    expect(await reasonsIn(reader, `wl_of_${TENANT_A}`, TENANT_A)).toEqual([
      `secret of ${TENANT_A}`,
    ]);
    expect(await reader.readContent(TENANT_B, `wl_of_${TENANT_B}`)).toEqual({
      labels: { of: TENANT_B },
    });
    const answer = await reader.findAnswer(TENANT_B, 'POST /v1/workloads', 'key');
    expect(answer?.body).toEqual({ of: TENANT_B });
    const { rows } = await one.query('SELECT DISTINCT tenant FROM log.events');
    expect(rows).toEqual([{ tenant: null }]);
    expect(await reasonsIn(reader, 'host_1', null)).toEqual(['platform']);
    await one.end();
  });

  it('is set before the first row is looked at, and keeps the plan, whoever’s the stream is', async () => {
    const plans = await Promise.all(
      [
        [TENANT_A, `wl_of_${TENANT_A}`],
        [TENANT_A, `wl_of_${TENANT_B}`],
        [TENANT_A, 'wl_that_never_was'],
      ].map(([owner, stream]) =>
        planOf((pool) => readStream(pool, owner as 'ten_a', stream as 'wl_1', 0, knownEvents)),
      ),
    );
    const anonymous = plans.map((plan) => plan.replaceAll(/'[^']*'/g, '?'));
    expect(new Set(anonymous).size).toBe(1);
    expect(plans[0]).toMatch(/One-Time Filter: .*InitPlan/);
    expect(plans[0]).toContain('events_stream_version_key');
    expect(plans[0]).toMatch(/Index Cond: \(\(stream = '[^']+'::text\) AND \(version > /);
  });

  it('keeps the indexes in use, for kept states as for lists', async () => {
    await admin.query(
      `INSERT INTO read.batches (generation, batch_id, tenant_id, status, submitted_at, version, state)
       SELECT 2, 'bat_' || n, 'ten_' || n % 50, 'running', now(), 900, '{}'
         FROM generate_series(1, 2000) n`,
    );
    await admin.query(
      `INSERT INTO log.events SELECT 1000 + n, gen_random_uuid(), 'bat_1', n, $1,
              'BatchTasksAdded', 1, now(), now(), '{}', '{}' FROM generate_series(1, 1000) n`,
      [TENANT_A],
    );
    await admin.query('ANALYZE log.events, read.batches, read.generations');
    const [batches] = KEPT_STATES.filter(({ name }) => name === 'batches');
    if (batches === undefined) throw new Error('no states of batches are kept');
    const { decider } = batches;
    const plan = await planOf((pool) =>
      readState(pool, TENANT_A, 'bat_1', decider, batches, knownEvents),
    );
    expect(plan.match(/One-Time Filter/g)).toHaveLength(2);
    expect(plan).toMatch(/batches_pkey[^>]*Index Cond: .*batch_id = /);
    expect(plan.match(/Index Cond: \(\(stream = .* AND \(version [=>] /g)).toHaveLength(2);

    const { text, parameters } = capturedList();
    const list = await explained(text, parameters);
    expect(list).toContain('One-Time Filter');
    expect(list).toMatch(
      /batches_by_tenant[^>]*Index Cond: \(\(generation = .* AND \(tenant_id = /,
    );
    expect(list).not.toContain('Sort');
  });

  it('finds the states that read models keep, of a tenant as of the platform', async () => {
    await log.append(append(write(`bat_of_${TENANT_B}`, 0, ['an event'], TENANT_B)));
    const stateOf = (name: string, owner: Owner, stream: StreamId) => {
      const kept = KEPT_STATES.find((one) => one.name === name);
      if (kept === undefined) throw new Error(`no states of ${name} are kept`);
      return readState(api, owner, stream, kept.decider, kept, knownEvents);
    };
    const kept = { state: {}, version: 1 };
    expect(await stateOf('batches', TENANT_B, `bat_of_${TENANT_B}`)).toEqual(kept);
    expect(await stateOf('hosts', null, 'host_1')).toEqual(kept);
    const foreign = await stateOf('batches', TENANT_A, `bat_of_${TENANT_B}`);
    expect(foreign.version).toBe(0);
  });

  it('lets lists through: a tenant’s own, and for operators those of all', async () => {
    const own = await listWorkloads(lists, TENANT_A, {}, { limit: 5 });
    expect(own.map(({ tenantId }) => tenantId)).toEqual([TENANT_A]);
    expect(await listTenants(lists, {}, { limit: 5 })).toHaveLength(2);
    expect(await listHosts(lists, {}, { limit: 5 })).toHaveLength(1);
  });
});

/** What a list of batches sends. */
function capturedList(): { text: string; parameters: unknown[] } {
  const query = liveRows(lists, BatchRow, 'batches', 'b', TENANT_A);
  query.andWhere('b.tenantId = :tenantId', { tenantId: TENANT_A });
  const [text, parameters] = query.orderBy('b.batchId', 'DESC').limit(50).getQueryAndParameters();
  return { text, parameters };
}

/** The plan of the one statement that a read sends. */
async function planOf(read: (pool: pg.Pool) => Promise<unknown>): Promise<string> {
  let plan = '';
  const query = async ({ text, values }: pg.QueryConfig) => {
    plan = await explained(text, values);
    return { rows: [] };
  };
  await read({ query } as unknown as pg.Pool);
  return plan;
}

/** As the api's role has it, even where a table is so small that it would be read from end to end. */
async function explained(text: string, values: unknown[] | undefined): Promise<string> {
  const client = await api.connect();
  try {
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const { rows } = await client.query(`EXPLAIN (COSTS OFF) ${text}`, values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('RESET enable_seqscan; RESET enable_bitmapscan');
    client.release();
  }
}

describe('migrating again', () => {
  const policies = async () => {
    const { rows } = await admin.query(
      'SELECT oid, polrelid::regclass::text, polname FROM pg_policy ORDER BY 1',
    );
    return rows;
  };
  const again = () => {
    const { databaseUrl, apiUrl, workerUrl, auditUrl } = database;
    return migrate({ databaseUrl, roles: { apiUrl, workerUrl, auditUrl } });
  };

  it('leaves alone what is as it should be, so that it waits for no reader', async () => {
    const before = await policies();
    expect(before).toHaveLength(SECURED_TABLES.length * 4);
    const reader = await api.connect();
    await reader.query('BEGIN; SELECT FROM log.events');
    await again();
    await reader.query('COMMIT');
    reader.release();
    expect(await policies()).toEqual(before);
  });

  it.each([
    ['widened', `ALTER POLICY api_scope ON log.events USING (true)`],
    ['added', 'CREATE POLICY another ON log.events FOR SELECT USING (true)'],
    ['switched off', 'ALTER TABLE log.events DISABLE ROW LEVEL SECURITY'],
    ['no longer forced', 'ALTER TABLE log.events NO FORCE ROW LEVEL SECURITY'],
    ['dropped', 'DROP POLICY owner_all ON log.events'],
  ])('restores what was %s', async (_, change) => {
    await admin.query(change);
    await again();
    const rows = await everythingIn(api, 'log.events', null);
    expect(rows.map(({ tenant }) => tenant)).toEqual([null]);
    expect(await policies()).toHaveLength(SECURED_TABLES.length * 4);
    expect((await readableByApi()).find(({ name }) => name === 'log.events')?.secured).toBe(true);
  });
});
