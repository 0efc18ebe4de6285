import {
  type BatchId,
  batchDecider,
  type DomainEvent,
  fold,
  type StreamId,
  type TenantId,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import { submit } from '../../../../test/domain/workload-history.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append } from '../log/samples.contract.js';
import { COUNTED_BEFORE } from '../migrations/0023-count-open-work.js';
import { openPool } from '../pool.js';
import { ensureCheckpoint, generationIn, readGenerations } from '../projections/generations.js';
import { openReadModels, PROJECTIONS } from '../projections/open-read-models.js';
import type { Projection } from '../projections/read-model.js';
import { rebuildWhereNeeded, swap, sweep } from '../projections/rebuild.js';
import { shownOpen } from './open-kinds.js';
import { readOpenWork } from './read-open-work.js';

const tenantId = idOf('ten', 1) as TenantId;
const other = idOf('ten', 2) as TenantId;
const workload = (number: number) => idOf('wl', number) as WorkloadId;
const batch = (number: number) => idOf('bat', number) as BatchId;

let database: FreshDatabase;
let api: pg.Pool;
let worker: pg.Pool;
let admin: pg.Pool;
let log: PostgresLog;
let readModels: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  const applicationName = 'open-work-int';
  api = openPool({ url: database.apiUrl, applicationName });
  worker = openPool({ url: database.workerUrl, applicationName });
  admin = openPool({ url: database.databaseUrl, applicationName, connectionsMax: 1 });
  log = new PostgresLog({ pool: worker, newEventId: uuid });
  readModels = await openReadModels({ url: database.workerUrl, applicationName });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
});
afterAll(async () => {
  await readModels.destroy();
  await Promise.all([api, worker, admin].map((pool) => pool.end()));
  await database.drop();
});

const openOf = async (of = tenantId) => shownOpen(await readOpenWork(api, of));

async function record(
  owner: TenantId,
  stream: StreamId,
  events: readonly DomainEvent[],
): Promise<void> {
  const expectedVersion = (await log.readStream(owner, stream)).length;
  await log.append(append({ owner, stream, expectedVersion, events }));
}

async function ask(number: number, command: WorkloadCommand, owner = tenantId): Promise<void> {
  const history = await log.readStream(owner, workload(number));
  const before = history.map(({ event }) => event as WorkloadEvent);
  const decided = workloadDecider.decide(command, fold(workloadDecider, before));
  if (!decided.accepted) throw new Error(decided.rejection.detail);
  await record(owner, workload(number), decided.events);
}

const submitted = (number: number, of: object = {}, owner = tenantId) =>
  ask(number, submit({}, { workloadId: workload(number), tenantId: owner, ...of }), owner);
const cancelled = (number: number) =>
  ask(number, { kind: 'cancel', reason: null, nowMs: NOW_MS } as WorkloadCommand);

async function submittedBatch(number: number, tasks: number): Promise<void> {
  const limits = { maxParallel: null, maxFailures: null, contentSha256: '0'.repeat(64) };
  const decided = batchDecider.decide(
    {
      ...{ kind: 'submit-batch', batchId: batch(number), tenantId, ...limits, nowMs: NOW_MS },
      tasks: Array.from({ length: tasks }, () => request()),
    },
    batchDecider.initialState,
  );
  await record(tenantId, batch(number), decided.accepted ? decided.events : []);
}

const ended = (number: number) =>
  record(tenantId, batch(number), [
    {
      ...{ type: 'BatchCancelled', schemaVersion: 1, occurredAtMs: NOW_MS },
      payload: { succeeded: 0, failed: 0, skipped: 1 },
    },
  ]);

/** Hands everything to one generation as its consumer does, and says so in its checkpoint. */
async function deliver(
  state: 'live' | 'building' = 'live',
  to: readonly Projection[] = PROJECTIONS,
): Promise<number> {
  const events = await log.readAll({ afterPosition: 0, limit: 5_000 });
  const position = events.at(-1)?.position ?? 0;
  for (const projection of to) {
    const one = generationIn(await readGenerations(readModels, projection.name), state);
    if (one === undefined) continue;
    await ensureCheckpoint(readModels, one.generation);
    await readModels.transaction(async (transaction) => {
      await projection.project(events, transaction, one.generation);
      await transaction.query('UPDATE consumers.checkpoints SET position = $2 WHERE name = $1', [
        `${projection.name}@${one.generation}`,
        position,
      ]);
    });
  }
  return position;
}

/** What the counts have to be, by looking at every row. */
const LOOKED_AT = `
  SELECT generation, tenant_id AS tenant, sum(n)::bigint AS workloads FROM (
    SELECT generation, tenant_id, 1 AS n FROM read.workloads
     WHERE batch_id IS NULL AND (state ->> 'endedAtMs') IS NULL
    UNION ALL
    SELECT generation, tenant_id, (state ->> 'taskCount')::int FROM read.batches
     WHERE (state ->> 'endedAtMs') IS NULL) c
   GROUP BY 1, 2 ORDER BY 1, 2`;
const COUNTED = `SELECT * FROM limits.open_work WHERE workloads <> 0 ORDER BY generation, tenant`;

async function expectCountsOfRows(): Promise<void> {
  const [looked, counted] = [await admin.query(LOOKED_AT), await admin.query(COUNTED)];
  expect(counted.rows).toEqual(looked.rows);
}

async function waitingForLocks(count: number): Promise<void> {
  const asked = `
    SELECT count(*)::int AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await vi.waitFor(async () => {
    expect((await worker.query(asked)).rows).toEqual([{ waiting: count }]);
  }, 5_000);
}

describe('what a tenant has open', () => {
  it('is its workloads that have not ended, and all tasks of its batches, made or not', async () => {
    const none = { open: 0, position: 0 };
    expect(await readOpenWork(api, tenantId)).toEqual({ workloads: none, batches: none, head: 0 });
    for (const number of [1, 2, 3]) await submitted(number);
    await submittedBatch(1, 40);
    await submitted(4, { batch: { batchId: batch(1), index: 0 } });
    await submitted(5, {}, other);
    const position = await deliver();
    expect(await readOpenWork(api, tenantId)).toEqual({
      ...{ workloads: { open: 3, position }, batches: { open: 40, position } },
      head: position,
    });
    expect(await openOf(other)).toBe(1);
    await expectCountsOfRows();
  });

  it('is read with how far each read model has come, and how far the log has', async () => {
    await submitted(1);
    await submittedBatch(1, 5);
    const position = await deliver();
    await submitted(2);
    await submittedBatch(2, 5);
    const workloads = PROJECTIONS.filter(({ name }) => name === 'workloads');
    const head = await deliver('live', workloads);
    expect(head).toBeGreaterThan(position);
    expect(await readOpenWork(api, tenantId)).toEqual({
      ...{ workloads: { open: 2, position: head }, batches: { open: 5, position }, head },
    });
    const client = await worker.connect();
    await client.query("BEGIN; DELETE FROM read.generations WHERE projection = 'batches'");
    const without = await readOpenWork(client as unknown as pg.Pool, tenantId);
    await client.query('ROLLBACK');
    client.release();
    const batches = { open: 0, position: 0 };
    expect(without).toEqual({ workloads: { open: 2, position: head }, batches, head });
  });

  it('is counted once, however often it is delivered, and given back once', async () => {
    for (const number of [1, 2]) await submitted(number);
    await submittedBatch(1, 10);
    for (let times = 0; times < 3; times += 1) await deliver();
    expect(await openOf()).toBe(12);
    await cancelled(1);
    await ended(1);
    for (let times = 0; times < 3; times += 1) await deliver();
    expect(await openOf()).toBe(1);
    await expectCountsOfRows();
  });

  it('is counted with its rows or not at all', async () => {
    await submitted(1);
    const events = await log.readAll({ afterPosition: 0, limit: 100 });
    const failing = readModels.transaction(async (transaction) => {
      await PROJECTIONS.find(({ name }) => name === 'workloads')?.project(events, transaction, 1);
      throw new Error('taken over');
    });
    await expect(failing).rejects.toThrow('taken over');
    expect(await openOf()).toBe(0);
  });

  it('is that of the rows that readers see, while others are made beside them and after', async () => {
    for (const number of [1, 2]) await submitted(number);
    await submittedBatch(1, 5);
    await deliver();
    const projections = PROJECTIONS.filter(({ name }) => ['workloads', 'batches'].includes(name));
    for (const { name, version } of projections) {
      await rebuildWhereNeeded(readModels, { name, version }, 1);
    }
    await submitted(3);
    await deliver('building');
    expect(await openOf()).toBe(7);
    await expectCountsOfRows();
    const retired: [(typeof projections)[number], number][] = [];
    for (const projection of projections) {
      const generations = await readGenerations(readModels, projection.name);
      const building = generationIn(generations, 'building');
      const live = generationIn(generations, 'live');
      if (building === undefined || live === undefined) throw new Error('nothing is built');
      retired.push([projection, live.generation]);
      expect(await swap(readModels, building)).toBe(true);
    }
    expect(await openOf()).toBe(8);
    for (const [projection, generation] of retired) {
      while (!(await sweep(readModels, projection, generation)));
    }
    expect(await openOf()).toBe(8);
    await expectCountsOfRows();
    const ids = retired.map(([, generation]) => generation);
    const left = 'SELECT FROM limits.open_work WHERE generation = ANY ($1)';
    expect((await admin.query(left, [ids])).rows).toEqual([]);
  });

  it('is nothing once the rows are deleted or a read model is emptied', async () => {
    for (const number of [1, 2, 3]) await submitted(number);
    await submittedBatch(1, 5);
    await submittedBatch(2, 7);
    await deliver();
    await worker.query('DELETE FROM read.workloads WHERE workload_id = $1', [workload(2)]);
    await worker.query('DELETE FROM read.batches WHERE batch_id = $1', [batch(1)]);
    expect(await openOf()).toBe(9);
    await worker.query('TRUNCATE read.workloads');
    expect(await openOf()).toBe(7);
    await worker.query('TRUNCATE read.batches');
    expect(await openOf()).toBe(0);
    await deliver();
    expect(await openOf()).toBe(15);
    await expectCountsOfRows();
  });

  it('of a generation that is swept by several workers at once hinders none of them', async () => {
    const made = await admin.query(
      `INSERT INTO read.generations (projection, version, request, state, target_position, begun_at)
       VALUES ('batches', 1, 0, 'retired', 0, now()) RETURNING generation`,
    );
    const { generation } = made.rows[0];
    const own = { a: idOf('ten', 1), b: idOf('ten', 2), c: idOf('ten', 3) };
    const order = [own.a, own.c, own.b, own.b, own.c, own.a];
    for (const [nr, tenant] of order.entries()) {
      await admin.query(
        `INSERT INTO read.batches (generation, batch_id, tenant_id, status, submitted_at, version, state)
         VALUES ($1, $2, $3, 'running', now(), 1, '{"taskCount": 4}')`,
        [generation, batch(nr), tenant],
      );
    }
    const batches = PROJECTIONS.find(({ name }) => name === 'batches') as Projection;
    const [last, between] = [await worker.connect(), await admin.connect()];
    await last.query('BEGIN');
    await last.query('SELECT FROM read.batches WHERE batch_id >= $1 FOR UPDATE', [batch(3)]);
    await between.query('BEGIN');
    await between.query('SELECT FROM limits.open_work WHERE tenant = $1 FOR UPDATE', [own.c]);
    // The first takes what the other does not hold, and each meets the tenants in another order.
    const first = sweep(readModels, batches, generation);
    await waitingForLocks(1);
    await last.query('ROLLBACK');
    const second = sweep(readModels, batches, generation);
    await waitingForLocks(2);
    await between.query('ROLLBACK');
    for (const client of [last, between]) client.release();
    expect(await Promise.allSettled([first, second])).toEqual(
      Array(2).fill({ status: 'fulfilled', value: false }),
    );
    expect(await sweep(readModels, batches, generation)).toBe(true);
    await expectCountsOfRows();
  });

  it('is counted where it was there before anybody counted', async () => {
    await submitted(1);
    await submittedBatch(1, 5);
    await submittedBatch(2, 5);
    await ended(2);
    await deliver();
    await admin.query('DELETE FROM limits.open_work');
    expect(await openOf()).toBe(0);
    await admin.query(COUNTED_BEFORE);
    expect(await openOf()).toBe(6);
    await expectCountsOfRows();
  });

  it('is counted in bulk for many of many tenants at once', async () => {
    await worker.query(
      `INSERT INTO read.workloads (generation, workload_id, tenant_id, status, submitted_at, version, state)
       SELECT 1, 'wl_' || nr, 'ten_' || nr % 7, 'waiting', now(), 1, '{}' FROM generate_series(1, 3000) nr`,
    );
    await worker.query(
      `UPDATE read.workloads SET status = CASE WHEN workload_id ~ '[05]$' THEN 'failed' ELSE 'running' END,
              state = CASE WHEN workload_id ~ '[05]$' THEN '{"endedAtMs": 1}'::jsonb ELSE '{}' END`,
    );
    await expectCountsOfRows();
    const { rows } = await admin.query('SELECT sum(workloads)::int AS all FROM limits.open_work');
    expect(rows).toEqual([{ all: 2_400 }]);
  });
});
