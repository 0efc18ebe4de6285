import { type BatchId, type TenantId, taskWorkloadId } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../real-time.js';
import { Installation, someRequest, untilTold } from '../worker-in-process.contract.js';
import { OVERDUE } from './batch-book.js';

/** Longer than any test; a test that waits for it sets its worker's clock forward. */
const DEADLINE_MS = 600_000;
let installation: Installation;
let tenant: TenantId;

beforeEach(async () => {
  installation = new Installation();
  await installation.install(2);
  tenant = await installation.tenant('standard');
});
afterEach(async () => {
  await installation.stop();
});

const long = someRequest({ simulation: { durationMs: 600_000, exitCode: 0, fault: null } });
const failing = someRequest({ simulation: { durationMs: 5, exitCode: 9, fault: null } });
const ended = (id: BatchId) =>
  installation.until(
    () => installation.batch(tenant, id),
    ({ endedAtMs }) => endedAtMs !== null,
  );
const typesOf = async (id: BatchId) =>
  (await installation.log.readStream(tenant, id)).map(({ event }) => event.type);

describe('a batch with a deadline', () => {
  it('has what is under way cancelled then, starts nothing more, and has failed by it', async () => {
    let aheadMs = 0;
    installation.sources = { clock: () => realClock() + aheadMs };
    await installation.startWorker();
    const deadlineAtMs = realClock() + DEADLINE_MS;
    const limits = { maxParallel: 2, deadlineAtMs };
    const id = await installation.submitBatch(tenant, [long, long, long], limits);
    for (const index of [0, 1]) {
      await installation.reaches(tenant, taskWorkloadId(id, index), 'running');
    }
    aheadMs = DEADLINE_MS;
    const state = await ended(id);
    expect(state).toMatchObject({
      ...{ status: 'failed', failedBecause: 'deadline', counts: { succeeded: 0, cancelled: 2 } },
    });
    const events = await installation.log.readStream(tenant, taskWorkloadId(id, 0));
    const asked = events.find(({ event }) => event.type === 'WorkloadCancelRequested');
    expect(asked?.event.payload).toMatchObject({ reason: OVERDUE });
    expect(asked?.event.occurredAtMs).toBeGreaterThanOrEqual(deadlineAtMs);
    expect((await installation.state(tenant, taskWorkloadId(id, 2))).status).toBe('absent');
  });

  it('that passed while no worker ran fails as soon as one does, without a task', async () => {
    const deadlineAtMs = realClock() + DEADLINE_MS;
    const id = await installation.submitBatch(tenant, [long], { deadlineAtMs });
    installation.sources = { clock: () => realClock() + DEADLINE_MS };
    await installation.startWorker();
    expect(await ended(id)).toMatchObject({ status: 'failed', failedBecause: 'deadline' });
    expect(await typesOf(id)).toEqual([
      ...['BatchSubmitted', 'BatchTasksAdded', 'BatchDeadlinePassed', 'BatchFailed'],
    ]);
    expect((await installation.state(tenant, taskWorkloadId(id, 0))).status).toBe('absent');
  });
});

describe('a batch that comes after others', () => {
  it('begins when the last of them has succeeded, also under another worker', async () => {
    const first = await installation.submitBatch(tenant, [someRequest()]);
    const second = await installation.submitBatch(tenant, [someRequest(untilTold)]);
    const id = await installation.submitBatch(tenant, [someRequest()], { after: [first, second] });
    await installation.startWorker();
    await ended(first);
    await installation.reaches(tenant, taskWorkloadId(second, 0), 'running');
    await installation.stop();
    expect((await installation.batch(tenant, id)).status).toBe('waiting');
    await installation.startWorker();
    installation.runs.end();
    expect((await ended(id)).status).toBe('succeeded');
    const [done, begun] = await Promise.all([
      installation.batch(tenant, second),
      installation.state(tenant, taskWorkloadId(id, 0)),
    ]);
    expect(begun.submittedAtMs).toBeGreaterThanOrEqual(done.endedAtMs ?? Number.POSITIVE_INFINITY);
  });

  it('never begins where one of them fails, and neither does what comes after it', async () => {
    await installation.startWorker();
    const open = await installation.submitBatch(tenant, [long]);
    const first = await installation.submitBatch(tenant, [failing]);
    const second = await installation.submitBatch(tenant, [someRequest()], {
      after: [open, first],
    });
    const third = await installation.submitBatch(tenant, [someRequest()], { after: [second] });
    const why = { status: 'failed', failedBecause: 'predecessor' };
    expect(await ended(second)).toMatchObject({ ...why, failedPredecessor: first });
    expect(await ended(third)).toMatchObject({ ...why, failedPredecessor: second });
    expect((await installation.state(tenant, taskWorkloadId(second, 0))).status).toBe('absent');
  });
});
