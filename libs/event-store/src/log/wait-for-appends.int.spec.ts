import {
  type TenantCommand,
  type TenantId,
  type TrustLevel,
  tenantDecider,
} from '@bulkhead/domain';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { TcpProxy } from '../../../../test/postgres/tcp-proxy.js';
import { APPEND_LOCK } from '../migrations/append-alone.sql.js';
import { openPool } from '../pool.js';
import { AppendOutcomeUnknown, LogUnavailable } from './event-log.js';
import { executeCommand } from './execute-command.js';
import { PostgresLog } from './postgres-log.js';
import { METADATA } from './samples.contract.js';

const TENANT = idOf('ten', 1) as TenantId;

let database: FreshDatabase;
let proxy: TcpProxy;
let near: PostgresLog;
/** Of a process whose connections are cut. */
let far: PostgresLog;
let impatient: PostgresLog;
let admin: pg.Pool;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  const network = await TcpProxy.to(new URL(database.apiUrl));
  proxy = network.proxy;
  const open = (url: string, statementTimeoutMs = 30_000) => {
    const pool = openPool({ url, applicationName: 'late', connectionsMax: 2, statementTimeoutMs });
    pools.push(pool);
    return pool;
  };
  admin = open(database.databaseUrl);
  near = new PostgresLog({ pool: open(database.apiUrl), newEventId: uuid });
  far = new PostgresLog({ pool: open(network.url), newEventId: uuid });
  // Long enough for the first read of a connection, which comes before the wait, on a busy machine.
  impatient = new PostgresLog({ pool: open(database.apiUrl, 1_000), newEventId: uuid });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  const register = { kind: 'register-tenant', tenantId: TENANT, name: 'Night Market' } as const;
  await tell(near, { ...register, trust: 'hostile', boundaryGroup: null, nowMs: NOW_MS });
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await proxy.close();
  await database.drop();
});

const tell = (log: PostgresLog, command: TenantCommand) =>
  executeCommand({
    ...{ log, owner: TENANT, stream: TENANT, decider: tenantDecider, metadata: METADATA, command },
    waitsWhereNothingIsToDo: true,
  });
const trust = (log: PostgresLog, wanted: TrustLevel) =>
  tell(log, { kind: 'change-trust', trust: wanted, reason: 'test', nowMs: NOW_MS });
const trustNow = async () => (await near.readState(TENANT, TENANT, tenantDecider)).state.trust;

/** How many statements wait for the log: of this database, because other tests' logs have the same lock. */
async function waiting(): Promise<number> {
  const { rows } = await admin.query<{ many: number }>(
    `SELECT count(*)::integer AS many FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE l.locktype = 'advisory' AND l.objid = ${APPEND_LOCK} AND NOT l.granted
        AND d.datname = current_database()`,
  );
  return rows[0]?.many ?? 0;
}

/** While the log is held up by somebody. */
async function heldUp(act: () => Promise<void>): Promise<void> {
  const holder = await admin.connect();
  try {
    await holder.query(`SELECT pg_advisory_lock(${APPEND_LOCK})`);
    await act();
  } finally {
    await holder.query(`SELECT pg_advisory_unlock(${APPEND_LOCK})`);
    holder.release();
  }
}

describe('an act that finds nothing to do', () => {
  it('is not undone by one that was asked before, whose connection was cut while it waited', async () => {
    let hostile: ReturnType<typeof trust> | undefined;
    await heldUp(async () => {
      const trusted = trust(far, 'trusted').catch((error: unknown) => error);
      await expect.poll(waiting).toBe(1);
      proxy.cut();
      expect(await trusted).toBeInstanceOf(AppendOutcomeUnknown);
      hostile = trust(near, 'hostile');
      await expect.poll(waiting).toBe(2);
    });
    expect(await hostile).toMatchObject({ accepted: true, appended: { firstPosition: 3 } });
    expect(await trustNow()).toBe('hostile');
  });

  it('records nothing where nothing else was asked', async () => {
    expect(await trust(near, 'hostile')).toMatchObject({ accepted: true, appended: null });
    expect(await near.lastPosition()).toBe(1);
  });

  it('is not said to be done where the log does not come to it', async () => {
    await heldUp(async () => {
      await expect(trust(impatient, 'hostile')).rejects.toBeInstanceOf(LogUnavailable);
    });
  });
});
