import { randomBytes } from 'node:crypto';
import { type BatchId, type TenantId, taskWorkloadId } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation, someRequest } from '../worker-in-process.contract.js';
import { TaskCreation } from './create-task.js';

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

  it('waits for a task too that a worker created which had not heard yet that too many have failed', async () => {
    const { log } = installation;
    let creating: (() => Promise<void>) | null = null;
    const append: typeof log.append = async (one) => {
      const events = one.streams.flatMap((stream) => stream.events);
      const create = creating;
      if (create !== null && events.some(({ type }) => type === 'BatchTasksFinished')) {
        creating = null;
        await create();
      }
      return log.append(one);
    };
    const get = (target: typeof log, name: string | symbol) => {
      if (name === 'append') return append;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    };
    installation.sources = { log: new Proxy(log, { get }) };
    const { batches, follower } = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const long = someRequest({ simulation: { durationMs: 600_000, exitCode: 0, fault: null } });
    const limits = { maxParallel: 1, maxFailures: 0 };
    const created: boolean[] = [];
    creating = async () => {
      const open = batches.book.open.get(batch);
      if (open === undefined) throw new Error('the batch is not open');
      const creation = new TaskCreation({ log, follower, clock: Date.now, randomBytes });
      created.push(await creation.create({ ...open }, 1));
    };
    const batch = await installation.submitBatch(tenant, [failing, long, long], limits);
    const task = taskWorkloadId(batch, 1);
    await installation.reaches(tenant, task, 'running');
    expect(created).toEqual([true]);
    expect((await installation.batch(tenant, batch)).endedAtMs).toBeNull();
    await installation.cancel(tenant, task);
    const { counts, status } = await installation.until(
      () => installation.batch(tenant, batch),
      ({ endedAtMs }) => endedAtMs !== null,
    );
    expect({ counts, status }).toMatchObject({
      counts: { failed: 1, cancelled: 1 },
      status: 'failed',
    });
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

  it('creates nothing more while it is paused, and goes on where it stood', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const brief = someRequest({ simulation: { durationMs: 200, exitCode: 0, fault: null } });
    const tasks = Array.from({ length: 12 }, () => brief);
    const batch = await installation.submitBatch(tenant, tasks, { maxParallel: 2 });
    await installation.until(
      () => installation.batch(tenant, batch),
      ({ counts }) => counts.succeeded > 0,
    );
    await installation.actOnBatch(tenant, batch, 'pause');
    const created = await installation.until(createdTasks(tenant, batch, 12), (count) => count > 0);
    await installation.until(
      () => installation.batch(tenant, batch),
      ({ counts }) => counts.succeeded === created,
    );
    expect(await createdTasks(tenant, batch, 12)()).toBe(created);
    expect(created).toBeLessThan(12);
    await installation.actOnBatch(tenant, batch, 'resume');
    const { counts } = await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status === 'succeeded',
    );
    expect(counts.succeeded).toBe(12);
  });

  it('gets no task from a worker that has not heard yet of its pause', async () => {
    const { batches, follower } = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const long = someRequest({ simulation: { durationMs: 600_000, exitCode: 0, fault: null } });
    const batch = await installation.submitBatch(tenant, [long, long], { maxParallel: 1 });
    await installation.until(createdTasks(tenant, batch, 2), (count) => count === 1);
    const open = batches.book.open.get(batch);
    if (open === undefined) throw new Error('the batch is not open');
    const before = { ...open };
    await installation.actOnBatch(tenant, batch, 'pause');
    const { log } = installation;
    const creation = new TaskCreation({ log, follower, clock: Date.now, randomBytes });
    expect(await creation.create(before, 1)).toBe(false);
    expect(await createdTasks(tenant, batch, 2)()).toBe(1);
  });

  it('that is cancelled stops what is under way, creates no more, and ends when all is gone', async () => {
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const long = someRequest({ simulation: { durationMs: 600_000, exitCode: 0, fault: null } });
    const tasks = Array.from({ length: 10 }, () => long);
    const batch = await installation.submitBatch(tenant, tasks, { maxParallel: 3 });
    await installation.until(createdTasks(tenant, batch, 10), (count) => count === 3);
    await installation.actOnBatch(tenant, batch, 'cancel');
    const { counts } = await installation.until(
      () => installation.batch(tenant, batch),
      ({ status }) => status === 'cancelled',
    );
    expect(counts).toMatchObject({ succeeded: 0, cancelled: 3 });
    expect(await createdTasks(tenant, batch, 10)()).toBe(3);
    const idle = await installation.submitBatch(tenant, tasks, { maxParallel: 1 });
    await installation.actOnBatch(tenant, idle, 'pause');
    await installation.actOnBatch(tenant, idle, 'cancel');
    await installation.until(
      () => installation.batch(tenant, idle),
      ({ status }) => status === 'cancelled',
    );
  });
});

/** How many of a batch's tasks have a workload. */
function createdTasks(tenant: TenantId, batch: BatchId, tasks: number) {
  return async () => {
    const states = await Promise.all(
      Array.from({ length: tasks }, (_, index) =>
        installation.state(tenant, taskWorkloadId(batch, index)),
      ),
    );
    return states.filter(({ status }) => status !== 'absent').length;
  };
}
