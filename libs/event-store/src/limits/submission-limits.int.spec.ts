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
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import {
  authorize,
  exited,
  place,
  released,
  started,
  submit,
} from '../../../../test/domain/workload-history.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { generationIn, readGenerations } from '../projections/generations.js';
import { openReadModels, PROJECTIONS } from '../projections/open-read-models.js';
import { type Admission, admitSubmission, readTenantUse } from './submission-limits.js';

const tenantId = idOf('ten', 1) as TenantId;
const other = idOf('ten', 2) as TenantId;
const workload = (number: number) => idOf('wl', number) as WorkloadId;
const batchId = idOf('bat', 1) as BatchId;

let database: FreshDatabase;
/** Of three processes of the api. */
let pools: pg.Pool[];
let admin: pg.Pool;
let log: PostgresLog;
let readModels: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  const applicationName = 'limits-int';
  pools = [1, 2, 3].map(() => openPool({ url: database.apiUrl, applicationName }));
  admin = openPool({ url: database.databaseUrl, applicationName, connectionsMax: 1 });
  const worker = openPool({ url: database.workerUrl, applicationName });
  pools.push(worker);
  log = new PostgresLog({ pool: worker, newEventId: uuid });
  readModels = await openReadModels({ url: database.workerUrl, applicationName });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
});
afterAll(async () => {
  await readModels.destroy();
  await Promise.all([admin, ...pools].map((pool) => pool.end()));
  await database.drop();
});

function admit(number: number, asked: Partial<Admission> = {}) {
  const pool = pools[number % 3] as pg.Pool;
  const stream = workload(number);
  const one = { tenantId, stream, workloads: 1, perMinute: null, pendingMax: null, ...asked };
  return admitSubmission(pool, one);
}

/** As many at once, from all processes; how many were let in. */
async function admitMany(count: number, asked: Partial<Admission>): Promise<number> {
  const all = Array.from({ length: count }, (_, at) => admit(at + 100, asked));
  return (await Promise.all(all)).filter(({ refused }) => refused === null).length;
}

const useNow = (of = tenantId) => readTenantUse(pools[0] as pg.Pool, of);

async function record(stream: StreamId, events: readonly DomainEvent[]): Promise<void> {
  const expectedVersion = (await log.readStream(tenantId, stream)).length;
  await log.append(append({ owner: tenantId, stream, expectedVersion, events }));
}

async function ask(number: number, ...commands: WorkloadCommand[]): Promise<void> {
  for (const command of commands) {
    const history = await log.readStream(tenantId, workload(number));
    const before = history.map(({ event }) => event as WorkloadEvent);
    const decided = workloadDecider.decide(command, fold(workloadDecider, before));
    if (!decided.accepted) throw new Error(decided.rejection.detail);
    await record(workload(number), decided.events);
  }
}

const submitted = (number: number) =>
  ask(number, submit({}, { workloadId: workload(number), tenantId }));

/** Hands everything there is to the read models, as a worker does that begins anew. */
async function deliver(): Promise<void> {
  const events = await log.readAll({ afterPosition: 0, limit: 5_000 });
  for (const projection of PROJECTIONS) {
    const live = generationIn(await readGenerations(readModels, projection.name), 'live');
    await readModels.transaction((transaction) =>
      projection.project(events, transaction, live?.generation ?? 0),
    );
  }
}

describe('submissions in a minute', () => {
  it('are let in as often as the quota says, however many processes are asked at once', async () => {
    expect(await admitMany(40, { perMinute: 7 })).toBe(7);
    const late = await admit(41, { perMinute: 7 });
    expect(late).toMatchObject({ refused: 'submissionsPerMinute', submissions: 7, pending: null });
    expect(late.resetMs).toBeGreaterThan(50_000);
    expect(late.resetMs).toBeLessThanOrEqual(60_000);
    expect((await useNow()).submissionsThisMinute).toBe(7);
  });

  it('begin anew with the next minute, and are none of another tenant’s affair', async () => {
    await admitMany(2, { perMinute: 2 });
    expect((await admit(3, { perMinute: 2, tenantId: other })).refused).toBeNull();
    await admin.query(`UPDATE limits.windows SET began_at = began_at - interval '61 seconds'`);
    expect((await useNow()).submissionsThisMinute).toBe(0);
    expect(await admit(4, { perMinute: 2 })).toMatchObject({ refused: null, submissions: 1 });
  });
});

describe('work that waits', () => {
  it('is let in up to the bound, before any of it is recorded or shown', async () => {
    expect(await admitMany(40, { pendingMax: 5 })).toBe(5);
    const late = await admit(41, { pendingMax: 5 });
    expect(late).toMatchObject({ refused: 'pendingWorkloads', pending: 5 });
    expect((await admit(42, { pendingMax: 5, tenantId: other })).refused).toBeNull();
  });

  it('is counted once, whether it was only let in, recorded or shown', async () => {
    for (const number of [1, 2, 3]) await admit(number, { pendingMax: 3 });
    expect((await useNow()).pendingWorkloads).toBe(3);
    for (const number of [1, 2]) await submitted(number);
    expect((await useNow()).pendingWorkloads).toBe(3);
    await deliver();
    expect((await useNow()).pendingWorkloads).toBe(3);
    expect((await admit(4, { pendingMax: 3 })).refused).toBe('pendingWorkloads');
  });

  it('gives its room back once when it is placed, and what it holds once when it is released, however often that is delivered', async () => {
    for (const number of [1, 2]) {
      await admit(number, { pendingMax: 2 });
      await submitted(number);
    }
    await ask(1, place(1, 'hyperv'));
    for (let time = 0; time < 3; time += 1) await deliver();
    const { resources } = request();
    const nothing = { workloads: 0, cpuMillis: 0, memoryMiB: 0, utilityVms: 0 };
    expect(await useNow()).toMatchObject({
      ...resources,
      workloads: 1,
      utilityVms: 1,
      pendingWorkloads: 1,
    });
    expect(await admitMany(5, { pendingMax: 2 })).toBe(1);
    await ask(1, authorize(), started(), exited(), released());
    for (let time = 0; time < 3; time += 1) await deliver();
    expect(await useNow()).toMatchObject(nothing);
    expect(await useNow(other)).toMatchObject({ ...nothing, pendingWorkloads: 0 });
  });

  it('gives its room back after a minute where nothing was recorded of it', async () => {
    await admit(1, { pendingMax: 2 });
    await admit(2, { pendingMax: 2 });
    await submitted(2);
    await admin.query(
      `UPDATE limits.announced SET announced_at = announced_at - interval '61 seconds'`,
    );
    expect(await admit(3, { pendingMax: 2 })).toMatchObject({ refused: null, pending: 1 });
    expect((await admit(4, { pendingMax: 2 })).refused).toBe('pendingWorkloads');
  });

  it('takes the room of one where the same is asked again', async () => {
    for (let time = 0; time < 3; time += 1) await admit(1, { pendingMax: 9 });
    expect((await useNow()).pendingWorkloads).toBe(1);
  });
});

describe('a batch', () => {
  const oneBatch = { stream: batchId, workloads: 4, pendingMax: 5 };
  const submission = {
    kind: 'submit-batch',
    batchId,
    tenantId,
    tasks: Array.from({ length: 4 }, () => request()),
    maxParallel: null,
    maxFailures: null,
    contentSha256: '0'.repeat(64),
    nowMs: NOW_MS,
  } as const;

  it('is let in whole or not at all, and its tasks are counted once, made or not', async () => {
    expect((await admit(1, { pendingMax: 5 })).refused).toBeNull();
    expect((await admit(0, oneBatch)).refused).toBeNull();
    const second = { ...oneBatch, stream: idOf('bat', 2) as BatchId };
    expect(await admit(0, second)).toMatchObject({ refused: 'pendingWorkloads', pending: 5 });
    const decided = batchDecider.decide(submission, batchDecider.initialState);
    await record(batchId, decided.accepted ? decided.events : []);
    const task = { batchId, index: 0 };
    await ask(7, submit({}, { workloadId: workload(7), tenantId, batch: task }));
    await deliver();
    expect((await useNow()).pendingWorkloads).toBe(5);
    await ask(7, place());
    await deliver();
    expect((await useNow()).pendingWorkloads).toBe(4);
  });
});
