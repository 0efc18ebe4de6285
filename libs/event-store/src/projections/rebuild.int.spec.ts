import { type DomainEvent, event, type HostRegistered, type HostSpec } from '@bulkhead/domain';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { loadCheckpoint } from '../consumers/checkpoint.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import {
  consumerOf,
  ensureCheckpoint,
  type Generation,
  generationIn,
  holdGeneration,
  liveGenerationOf,
  NEVER_ANEW,
  readGenerations,
} from './generations.js';
import { hostsProjection, listHosts } from './hosts.js';
import { openReadModels } from './open-read-models.js';
import { rebuildWhereNeeded, SWEEP_BATCH_ROWS, swap, sweep } from './rebuild.js';

const HOSTS = hostsProjection.name;
let database: FreshDatabase;
let pool: pg.Pool;
let dataSource: DataSource;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'rebuild-int' });
  dataSource = await openReadModels({ url: database.workerUrl, applicationName: 'rebuild-int' });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  log = new PostgresLog({ pool, newEventId: uuid });
});
afterAll(async () => {
  await dataSource.destroy();
  await pool.end();
  await database.drop();
});

const all = () => readGenerations(dataSource, HOSTS);
const live = async () => generationIn(await all(), 'live') as Generation;
const building = async () => generationIn(await all(), 'building') as Generation;
const names = async () =>
  (await listHosts(dataSource, {}, { limit: 200 })).map(({ name }) => name).reverse();

async function registerHost(nr: number): Promise<void> {
  const hostId = `host_${nr}` as const;
  const spec = { hostId, name: `host ${nr}` } as unknown as HostSpec;
  const events: DomainEvent[] = [event<HostRegistered>('HostRegistered', nr, spec, 2)];
  await log.append(append({ owner: null, stream: hostId, expectedVersion: 0, events }));
}

/** Brings a generation up to a position as its consumer does, and says so in its checkpoint. */
async function project(generation: Generation, through: number): Promise<void> {
  const events = await log.readAll({ afterPosition: 0, limit: 5_000 });
  const batch = events.filter(({ position }) => position <= through);
  await loadCheckpoint(dataSource, consumerOf(generation));
  await dataSource.transaction(async (transaction) => {
    await holdGeneration(transaction, generation.generation);
    await hostsProjection.project(batch, transaction, generation.generation);
    await transaction.query('UPDATE consumers.checkpoints SET position = $2 WHERE name = $1', [
      consumerOf(generation),
      through,
    ]);
  });
}

describe('a rebuild', () => {
  it('shows readers the live rows until it has come as far, and then its own', async () => {
    await registerHost(1);
    await registerHost(2);
    await project(await live(), 2);
    await pool.query(`UPDATE read.hosts SET name = 'edited by hand' WHERE host_id = 'host_2'`);
    expect(await rebuildWhereNeeded(dataSource, hostsProjection, 1)).toBe('begin');
    await project(await building(), 1);
    expect(await names()).toEqual(['host 1', 'edited by hand']);
    expect(await swap(dataSource, await building())).toBe(false);
    expect(await names()).toEqual(['host 1', 'edited by hand']);
    const { generation } = await building();
    await project(await building(), 2);
    expect(await swap(dataSource, await building())).toBe(true);
    expect(await names()).toEqual(['host 1', 'host 2']);
    const { version } = hostsProjection;
    expect(await live()).toMatchObject({ generation, version, request: 1, position: 2 });
  });

  it('is begun once, however many processes see that it is needed', async () => {
    const steps = await Promise.all(
      Array.from({ length: 8 }, () => rebuildWhereNeeded(dataSource, hostsProjection, 1)),
    );
    expect(steps.sort()).toEqual(['begin', ...Array(7).fill('nothing')]);
    expect((await all()).map(({ state }) => state)).toEqual(['live', 'building']);
    expect(await rebuildWhereNeeded(dataSource, hostsProjection, 2)).toBe('join');
    expect(await building()).toMatchObject({ request: 2 });
  });

  it('of a newer version takes the place of one under way, and gives way to none that is older', async () => {
    await rebuildWhereNeeded(dataSource, hostsProjection, 1);
    const { generation: first } = await building();
    const version = hostsProjection.version + 1;
    await rebuildWhereNeeded(dataSource, { name: HOSTS, version }, 1);
    expect(await building()).toMatchObject({ version });
    expect((await all()).find(({ generation }) => generation === first)?.state).toBe('retired');
    expect(await rebuildWhereNeeded(dataSource, hostsProjection, 5)).toBe('leave-to-newer');
    expect(await swap(dataSource, { projection: HOSTS, generation: first })).toBe(false);
  });

  it('lets nothing more into the rows that it replaced, and deletes them piece by piece', async () => {
    await registerHost(1);
    const old = await live();
    await project(old, 1);
    await pool.query(
      `INSERT INTO read.hosts (generation, host_id, name, status, registered_at, version, state)
       SELECT $1, 'host_x' || nr, 'x', 'up', now(), 1, '{}' FROM generate_series(1, $2::integer) nr`,
      [old.generation, SWEEP_BATCH_ROWS],
    );
    await rebuildWhereNeeded(dataSource, hostsProjection, 1);
    await project(await building(), 1);
    await swap(dataSource, await building());
    const late = dataSource.transaction((transaction) =>
      holdGeneration(transaction, old.generation),
    );
    await expect(late).rejects.toMatchObject({ name: 'CheckpointRefused' });
    await ensureCheckpoint(dataSource, old.generation);
    const follow = loadCheckpoint(dataSource, consumerOf(old), NEVER_ANEW);
    await expect(follow).rejects.toBeInstanceOf(RangeError);
    expect(await names()).toEqual(['host 1']);
    const step = () => sweep(dataSource, hostsProjection, old.generation);
    expect([await step(), await step(), await step()]).toEqual([false, false, true]);
    expect((await all()).map(({ state }) => state)).toEqual(['live']);
    const { rows } = await pool.query('SELECT generation FROM read.hosts');
    expect(rows).toEqual([{ generation: (await live()).generation }]);
    const left = await pool.query('SELECT FROM consumers.checkpoints WHERE name = $1', [
      consumerOf(old),
    ]);
    expect(left.rowCount).toBe(0);
  });

  it('waits with its swap for a batch that is being written into the live rows', async () => {
    await registerHost(1);
    const current = await live();
    await rebuildWhereNeeded(dataSource, hostsProjection, 1);
    await project(await building(), 1);
    let swapped: Promise<boolean> | null = null;
    const next = await building();
    await dataSource.transaction(async (transaction) => {
      await holdGeneration(transaction, current.generation);
      swapped = swap(dataSource, next);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await live()).toMatchObject({ generation: current.generation });
    });
    expect(await swapped).toBe(true);
  });
});

/** So many rows in two generations that no plan can do without an index. */
async function fillLists(): Promise<void> {
  const admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  await admin.query(`
    INSERT INTO read.workloads SELECT 'wl_' || g || nr, 'ten_' || nr % 50, NULL, CASE WHEN nr < 300 THEN 'y' ELSE 'x' END, NULL, NULL, now(), 1, '{}', g
      FROM generate_series(1, 3000) nr, generate_series(1, 2) g;
    INSERT INTO read.batches SELECT 'bat_' || g || nr, 'ten_' || nr % 50, 'x', now(), 1, '{}', g
      FROM generate_series(1, 3000) nr, generate_series(2, 3) g;
    INSERT INTO read.tenants SELECT 'ten_' || g || nr, 'x', 'x', 'x', now(), 1, '{}', g
      FROM generate_series(1, 3000) nr, generate_series(3, 4) g;
    INSERT INTO read.hosts SELECT 'host_' || g || nr, 'x', 'x', now(), 1, '{}', g
      FROM generate_series(1, 3000) nr, generate_series(4, 5) g;
    INSERT INTO read.credentials SELECT 'cred_' || g || nr, 'ten_' || nr % 50, 'x', 'x', now(), 1, '{}', g
      FROM generate_series(1, 3000) nr, generate_series(5, 6) g;
    ANALYZE read.workloads, read.batches, read.tenants, read.hosts, read.credentials`);
  await admin.end();
}

describe('the lists', () => {
  it('read one generation by its index, without sorting what they do not show', async () => {
    await fillLists();
    const lists = [
      ['workloads', `tenant_id = 'ten_1'`, 'workload_id', 'workloads_by_tenant'],
      ['workloads', `tenant_id = 'ten_1' AND status = 'y'`, 'workload_id', 'workloads_by_status'],
      ['batches', `tenant_id = 'ten_1'`, 'batch_id', 'batches_by_tenant'],
      ['hosts', 'true', 'host_id', 'hosts_pkey'],
      ['tenants', 'true', 'tenant_id', 'tenants_pkey'],
      ['credentials', `tenant_id = 'ten_1'`, 'credential_id', 'credentials_by_tenant'],
    ] as const;
    for (const [table, where, id, index] of lists) {
      const { rows } = await pool.query(`
        EXPLAIN SELECT * FROM read.${table}
         WHERE generation = ${liveGenerationOf(table)}
           AND ${where} ORDER BY ${id} DESC LIMIT 50`);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain(index);
      expect(plan).not.toContain('Sort');
    }
  });
});
