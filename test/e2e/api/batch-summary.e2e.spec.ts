import {
  type BatchId,
  batchDecider,
  type StreamId,
  type TaskOutcome,
  taskWorkloadId,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadRequest,
  workloadDecider,
} from '@bulkhead/domain';
import { executeCommand } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOW_MS } from '../../domain/builders.js';
import {
  authorize,
  exited,
  place,
  released,
  started,
  submit,
} from '../../domain/workload-history.js';
import { ApiUnderTest, submission } from './api-under-test.js';

const actor = { kind: 'system', id: 'test' } as const;
const metadata = { actor, correlationId: 'test', causationPosition: null };
/** What `started` says of when it did. */
const STARTED_MS = NOW_MS + 800;
/** More than any host has. */
const TOO_BIG = { cpuMillis: 1, memoryMiB: 1_000_000 };
let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start({ consistencyTimeoutMs: 300 });
  operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
});
afterAll(() => api.stop());

/** An attempt that ran so long and ended so. */
const attempt = (nr: number, ranMs: number, exitCode: number): WorkloadCommand[] => {
  const end = { occurredAtMs: STARTED_MS + ranMs } as const;
  return [
    ...[place(nr), authorize(nr), started(nr)],
    { ...exited(nr, exitCode), ...end } as WorkloadCommand,
    { ...released(nr), nowMs: STARTED_MS + ranMs } as WorkloadCommand,
  ];
};

/** A task with everything that happens to its workload. */
async function run(
  batchId: BatchId,
  index: number,
  attempts: readonly WorkloadCommand[][],
  asked: Partial<WorkloadRequest> = {},
) {
  const stream = taskWorkloadId(batchId, index);
  const restartPolicy = { maxAttempts: Math.max(attempts.length, 1), backoffSeconds: 0 };
  const owned = { workloadId: stream, tenantId: tenant.id, batch: { batchId, index } };
  const events: WorkloadEvent[] = [];
  let state = workloadDecider.initialState;
  for (const command of [submit({ restartPolicy, ...asked }, owned), ...attempts.flat()]) {
    const decided = workloadDecider.decide(command, state);
    if (!decided.accepted) throw new Error(decided.rejection.detail);
    events.push(...decided.events);
    state = decided.events.reduce(workloadDecider.evolve, state);
  }
  const streams = [{ owner: tenant.id, stream, expectedVersion: 0, events }];
  await api.log.append({ streams, metadata });
}

async function report(
  id: BatchId,
  outcomes: Readonly<Record<number, TaskOutcome>>,
  created: number,
) {
  const tasks = Object.entries(outcomes).map(([index, outcome]) => ({
    ...{ index: Number(index), workloadId: taskWorkloadId(id, Number(index)), outcome },
  }));
  const stream = { owner: tenant.id, stream: id as StreamId, decider: batchDecider };
  // Where too many have failed, its end is recorded after that.
  for (const some of [tasks, []]) {
    const told = { kind: 'report-tasks-finished', tasks: some, created } as const;
    const command = { ...told, nowMs: Date.now() };
    await executeCommand({ log: api.log, ...stream, metadata, command });
  }
}
const submitted = async (body: object): Promise<BatchId> =>
  (await api.post('/v1/batches', tenant.token, { name: 'b', taskDefaults: submission(), ...body }))
    .body.id;
const summary = async (id: string) => api.get(`/v1/batches/${id}/summary`, tenant.token);

describe('the summary of a batch', () => {
  it('is exact once it has ended: statuses, exit codes, attempts, times, first failures', async () => {
    const id = await submitted({ count: 5, maxFailures: 0 });
    await run(id, 0, [attempt(1, 100, 0)]);
    await run(id, 1, [attempt(1, 300, 0)]);
    await run(id, 2, [attempt(1, 900, 0)]);
    await run(id, 3, [attempt(1, 50, 9), attempt(2, 200, 7)]);
    await report(id, { 0: 'succeeded', 1: 'succeeded', 2: 'succeeded', 3: 'failed' }, 4);
    await api.project();
    const answer = await summary(id);
    expect([answer.status, answer.body.isFinal, answer.body.status]).toEqual([200, true, 'failed']);
    expect(answer.body).toMatchObject({
      ...{ id, taskCount: 5, statuses: { succeeded: 3, failed: 1, skipped: 1 } },
      exitCodes: [
        { exitCode: 0, tasks: 3 },
        { exitCode: 7, tasks: 1 },
      ],
      attempts: { total: 5, most: 2, retried: 1 },
      ranMs: { min: 100, median: 200, p95: 900, max: 900 },
      firstFailures: [
        {
          ...{ index: 3, workloadId: taskWorkloadId(id, 3), status: 'failed' },
          ...{ cause: 'exit-code', exitCode: 7, attempts: 2 },
        },
      ],
    });
    expect(answer.body.tookMs.max).toBe(1_700);
  });

  it('counts neither tasks that never ran nor what still runs as done in no time', async () => {
    const id = await submitted({ count: 3 });
    await run(id, 0, [attempt(1, 100, 0)]);
    await run(id, 1, [attempt(1, 0, 0).slice(0, 3)]);
    await run(id, 2, [], { resources: TOO_BIG });
    await api.project();
    expect((await summary(id)).body).toMatchObject({
      ...{ statuses: { succeeded: 1, running: 1, rejected: 1 }, attempts: { total: 2, most: 1 } },
      ranMs: { min: 100, median: 100, p95: 100, max: 100 },
      tookMs: { min: 900, median: 900, p95: 900, max: 900 },
    });
  });

  it('tells no times where nothing could ever run', async () => {
    const id = await submitted({ count: 2 });
    for (const index of [0, 1]) await run(id, index, [], { resources: TOO_BIG });
    await report(id, { 0: 'rejected', 1: 'rejected' }, 2);
    await api.project();
    expect((await summary(id)).body).toMatchObject({
      ...{ isFinal: true, statuses: { rejected: 2 }, attempts: { total: 0 } },
      ...{ ranMs: null, tookMs: null },
    });
  });

  it('tells before that what is known by now, and that it may change', async () => {
    const id = await submitted({ count: 3 });
    expect((await summary(id)).body).toMatchObject({
      ...{ isFinal: false, statuses: { pending: 3 }, exitCodes: [], ranMs: null, tookMs: null },
      attempts: { total: 0, most: 0, retried: 0 },
    });
    await run(id, 0, [attempt(1, 10, 0)]);
    await api.project();
    expect((await summary(id)).body).toMatchObject({
      ...{ isFinal: false, status: 'running', statuses: { pending: 2, succeeded: 1 } },
    });
  });

  it('of a batch that has ended waits for what the lists lack, and does not make it up', async () => {
    const id = await submitted({ count: 1 });
    await run(id, 0, [attempt(1, 10, 0)]);
    await report(id, { 0: 'succeeded' }, 1);
    const early = await summary(id);
    expect([early.status, early.body.code]).toEqual([504, 'CONSISTENCY_TIMEOUT']);
    await api.project();
    expect((await summary(id)).body).toMatchObject({ isFinal: true, statuses: { succeeded: 1 } });
  });

  it('holds nothing of another tenant, and is not there for one', async () => {
    const id = await submitted({ count: 1 });
    const other = await api.tenant(operator);
    const theirs = await api.get(`/v1/batches/${id}/summary`, other.token);
    const missing = await api.get(`/v1/batches/bat_${'0'.repeat(32)}/summary`, other.token);
    expect(theirs.status).toBe(404);
    expect({ ...theirs.body, instance: '' }).toEqual({ ...missing.body, instance: '' });
  });
});
