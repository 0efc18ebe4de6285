import { taskWorkloadId } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation, someRequest } from '../worker-in-process.contract.js';

let installation: Installation;

beforeEach(async () => {
  installation = new Installation();
  await installation.install(2);
});
afterEach(async () => {
  await installation.stop();
});

const failing = someRequest({ simulation: { durationMs: 5, exitCode: 9, fault: null } });

describe('a batch', () => {
  it('runs every task and succeeds when all have', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const tasks = Array.from({ length: 40 }, () => someRequest());
    const batch = await installation.submitBatch(tenant, tasks);
    const state = await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status !== 'running',
    );
    expect(state).toMatchObject({ status: 'succeeded', counts: { succeeded: 40 } });
    const task = await installation.state(tenant, taskWorkloadId(batch, 7));
    expect(task.batch).toEqual({ batchId: batch, index: 7 });
  });

  it('never has more tasks under way than it allows', async () => {
    const worker = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    let most = 0;
    let unfinished = 0;
    worker.follower.onEvent(({ event }) => {
      if (event.type === 'WorkloadSubmitted') unfinished += 1;
      if (event.type === 'WorkloadSucceeded') unfinished -= 1;
      most = Math.max(most, unfinished);
    });
    const tasks = Array.from({ length: 12 }, () => someRequest());
    const batch = await installation.submitBatch(tenant, tasks, { maxParallel: 3 });
    await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status === 'succeeded',
    );
    expect(most).toBe(3);
  });

  it('fails once more tasks have failed than it tolerates, and creates no further one', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const tasks = Array.from({ length: 20 }, () => failing);
    const batch = await installation.submitBatch(tenant, tasks, { maxParallel: 2, maxFailures: 1 });
    const state = await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status !== 'running',
    );
    expect(state.status).toBe('failed');
    const created = await Promise.all(
      tasks.map((_, index) => installation.state(tenant, taskWorkloadId(batch, index))),
    );
    expect(created.filter(({ status }) => status !== 'absent').length).toBeLessThan(20);
  });

  it('goes on under another worker and creates no task twice', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const tasks = Array.from({ length: 20 }, () => someRequest());
    const batch = await installation.submitBatch(tenant, tasks, { maxParallel: 4 });
    await installation.until(
      () => installation.batch(tenant, batch),
      ({ counts }) => counts.succeeded > 3,
    );
    await installation.stop();
    await installation.startWorker();
    const state = await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status !== 'running',
    );
    expect(state.counts.succeeded).toBe(20);
    for (const [index] of tasks.entries()) {
      expect(installation.ran(taskWorkloadId(batch, index), 'start')).toHaveLength(1);
    }
  });
});
