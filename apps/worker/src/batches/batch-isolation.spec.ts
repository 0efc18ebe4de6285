import {
  type BatchId,
  type DomainEvent,
  type TenantId,
  taskWorkloadId,
  type WorkloadId,
} from '@bulkhead/domain';
import type { Append, WholeLog } from '@bulkhead/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../real-time.js';
import { hanging, Installation, someRequest } from '../worker-in-process.contract.js';
import { CREATED_AT_ONCE_MAX } from './batch-creations.js';
import { BATCHES_AT_ONCE_MAX } from './batches.js';
import { CANCELLED_AT_ONCE_MAX } from './cancel-tasks.js';

let installation: Installation;
let told: Record<string, unknown>[];
/** What happens before an append of the worker; where it throws, nothing is appended. */
let beforeAppend: (types: readonly DomainEvent['type'][], append: Append) => Promise<void>;

beforeEach(async () => {
  installation = new Installation();
  told = [];
  beforeAppend = async () => {};
  await installation.install(2);
  const note = (line: unknown) => void told.push(line as Record<string, unknown>);
  installation.logger = { debug: () => {}, info: () => {}, warn: note, error: note };
  const { log } = installation;
  const append: WholeLog['append'] = async (one) => {
    const events = one.streams.flatMap((stream) => stream.events);
    await beforeAppend(
      events.map(({ type }) => type),
      one,
    );
    return log.append(one);
  };
  const get = (target: WholeLog, name: string | symbol) => {
    if (name === 'append') return append;
    const member: unknown = Reflect.get(target, name, target);
    return typeof member === 'function' ? member.bind(target) : member;
  };
  installation.sources = { log: new Proxy(log, { get }) };
});
afterEach(async () => {
  await installation.stop();
});

const ended = (tenant: TenantId, batch: BatchId) =>
  installation.until(
    () => installation.batch(tenant, batch),
    ({ endedAtMs }) => endedAtMs !== null,
  );
const isOf = (wanted: BatchId | WorkloadId | null, { streams }: Append) =>
  streams.some(({ stream }) => stream === wanted);

const hangingTask = someRequest(hanging);

describe('a batch that cannot be taken further', () => {
  it.each([
    ['its tasks have ended', 'BatchTasksFinished', null],
    ['its deadline has passed', 'BatchDeadlinePassed', 600_000],
  ] as const)(
    'although %s holds up no batch of another tenant, and is tried again',
    async (_when, type, withinMs) => {
      let broken: BatchId | null = null;
      beforeAppend = async (types, append) => {
        if (types.includes(type) && isOf(broken, append)) throw new Error('the disk is full');
      };
      const [one, other] = [
        await installation.tenant('standard'),
        await installation.tenant('standard'),
      ];
      const deadlineAtMs = withinMs === null ? null : realClock() + withinMs;
      const clock = () => realClock() + (withinMs ?? 0);
      installation.sources = { ...installation.sources, clock };
      const task = withinMs === null ? someRequest() : hangingTask;
      broken = await installation.submitBatch(one, [task], { deadlineAtMs });
      const batch = await installation.submitBatch(other, [someRequest(), someRequest()]);
      await installation.startWorker();
      expect(await ended(other, batch)).toMatchObject({ status: 'succeeded' });
      const failure = { batch: broken, tenant: one, correlationId: 'test' };
      await installation.until(
        async () => told.filter((line) => line.batch === broken),
        (lines) => lines.length > 1,
      );
      expect(told.find((line) => line.batch === broken)).toMatchObject(failure);
      const held = broken;
      broken = null;
      await ended(one, held);
    },
  );

  it('because one of its tasks cannot be created, can be cancelled all the same', async () => {
    let second: WorkloadId | null = null;
    beforeAppend = async (types, append) => {
      if (types.includes('WorkloadSubmitted') && isOf(second, append)) {
        throw new Error('the disk is full');
      }
    };
    const tenant = await installation.tenant('standard');
    const batch = await installation.submitBatch(tenant, [hangingTask, hangingTask]);
    second = taskWorkloadId(batch, 1);
    await installation.startWorker();
    await installation.reaches(tenant, taskWorkloadId(batch, 0), 'running');
    await installation.actOnBatch(tenant, batch, 'cancel');
    expect(await ended(tenant, batch)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a tenant’s cancel of a batch', () => {
  it('waits for no more of what others create than one batch may create at once', async () => {
    const [one, other] = [
      await installation.tenant('standard'),
      await installation.tenant('standard'),
    ];
    const cancelled = await installation.submitBatch(one, [hangingTask]);
    const task = taskWorkloadId(cancelled, 0);
    let created = 0;
    let createdAtTold: number | null = null;
    let acting: Promise<void> | null = null;
    beforeAppend = async (types, append) => {
      if (types.includes('WorkloadCancelRequested')) createdAtTold ??= created;
      const [first] = append.streams;
      if (!types.includes('WorkloadSubmitted') || first?.owner !== other) return;
      acting ??= installation.actOnBatch(one, cancelled, 'cancel');
      await acting;
      created += 1;
    };
    await installation.startWorker();
    await installation.reaches(one, task, 'running');
    for (let nr = 0; nr < 3; nr += 1) {
      const tasks = Array.from({ length: CREATED_AT_ONCE_MAX }, () => someRequest());
      await installation.submitBatch(other, tasks);
    }
    await installation.reaches(one, task, 'cancelled');
    // It was asked for before the first of them.
    expect(createdAtTold).toBe(CREATED_AT_ONCE_MAX);
  });
});

describe('a tenant with one task beside one with many batches', () => {
  const MANY = 4;
  let one: TenantId;
  let other: TenantId;
  /** Of events of this type, how many the other tenant had when the one had its first; null before that. */
  let before: number | null;

  beforeEach(async () => {
    one = await installation.tenant('standard');
    other = await installation.tenant('standard');
    before = null;
  });

  function count(type: DomainEvent['type']): void {
    let ofOther = 0;
    beforeAppend = async (types, append) => {
      if (!types.includes(type)) return;
      if (append.streams[0]?.owner === other) ofOther += 1;
      else before ??= ofOther;
    };
  }

  async function submit(tasksEach: number): Promise<{ many: BatchId[]; single: BatchId }> {
    const many: BatchId[] = [];
    for (let nr = 0; nr < MANY; nr += 1) {
      const tasks = Array.from({ length: tasksEach }, () => hangingTask);
      many.push(await installation.submitBatch(other, tasks));
    }
    return { many, single: await installation.submitBatch(one, [hangingTask]) };
  }

  it('gets its workload in the first round', async () => {
    const { single } = await submit(CREATED_AT_ONCE_MAX);
    count('WorkloadSubmitted');
    await installation.startWorker();
    await installation.until(
      () => installation.state(one, taskWorkloadId(single, 0)),
      ({ status }) => status !== 'absent',
    );
    expect(before).toBeLessThan(CREATED_AT_ONCE_MAX);
  });

  it('has it cancelled in the first round, when both cancel', async () => {
    const { many, single } = await submit(CANCELLED_AT_ONCE_MAX / 2);
    await installation.startWorker();
    for (const batch of [...many, single]) {
      const last = batch === single ? 0 : CANCELLED_AT_ONCE_MAX / 2 - 1;
      await installation.until(
        () => installation.state(batch === single ? one : other, taskWorkloadId(batch, last)),
        ({ status }) => status !== 'absent',
      );
    }
    await installation.stop();
    for (const batch of many) await installation.actOnBatch(other, batch, 'cancel');
    await installation.actOnBatch(one, single, 'cancel');
    count('WorkloadCancelRequested');
    await installation.startWorker();
    await installation.reaches(one, taskWorkloadId(single, 0), 'cancelled');
    expect(before).toBeLessThan(CANCELLED_AT_ONCE_MAX);
  });
});

describe('the ends of many batches', () => {
  it('are recorded side by side, so that nobody waits for one after the other', async () => {
    let underWay = 0;
    let most = 0;
    beforeAppend = async (types) => {
      if (!types.includes('BatchTasksFinished')) return;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
    };
    const tenant = await installation.tenant('standard');
    const batches: BatchId[] = [];
    for (let nr = 0; nr < 2 * BATCHES_AT_ONCE_MAX; nr += 1) {
      batches.push(await installation.submitBatch(tenant, [someRequest()]));
    }
    await installation.startWorker();
    for (const batch of batches) await ended(tenant, batch);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(BATCHES_AT_ONCE_MAX);
  });
});
