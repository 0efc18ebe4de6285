import { type Job as BullJob, DelayedError } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { FIRST_RETRY_MS } from '../queue/bull-job-queue.js';
import { dataOf, idOf, parcelsOf } from '../queue/bundles.js';
import type { Job, JobQueue } from '../queue/job.js';
import type { JobParts } from './job-parts.js';
import { JobsProcessor } from './jobs.processor.js';
import { NotItsTurn } from './start-turns.js';

const NOW_MS = 1_750_000_000_000;

class Processor extends JobsProcessor {}

/** Events from this position on cannot be read, so what they ask for fails. */
const UNREADABLE_FROM = 100;
/** Jobs of events from this position on come too early, by a hundred times that. */
const EARLY_FROM = 10;

function underTest() {
  const added: Job[] = [];
  const warnings: object[] = [];
  const queue: Pick<JobQueue, 'add'> = {
    add: async (jobs) => {
      added.push(...jobs);
    },
  };
  const follower = {
    hasSeen: (position: number) => position < UNREADABLE_FROM,
    catchUp: async () => {
      throw new Error('the log cannot be reached');
    },
  };
  const workloads = {
    known: (workloadId: string) => {
      const nr = Number(workloadId.slice('wl_'.length));
      if (nr >= EARLY_FROM) throw new NotItsTurn(nr * 100);
      return null;
    },
  };
  const parts = { follower, workloads, queue, clock: () => NOW_MS } as unknown as JobParts;
  const logger = { warn: (fields: object, msg: string) => warnings.push({ ...fields, msg }) };
  const outages = { answered: () => {}, failed: () => {} };
  const processor = new Processor(parts, logger as never, outages as never);
  return { processor, added, warnings };
}

function startOf(position: number): Job {
  const data = { position, tenantId: 'ten_1', workloadId: `wl_${position}`, correlationId: 'c' };
  return { kind: 'start-workload', id: `start-${position}`, delayMs: 0, data } as unknown as Job;
}

function taken(...jobs: Job[]): BullJob {
  const [parcel] = parcelsOf(jobs);
  if (parcel === undefined) throw new Error('nothing was added');
  return { id: idOf(parcel), name: parcel[0].kind, data: dataOf(parcel) } as BullJob;
}

describe('jobs that are taken from a queue', () => {
  it('in a bundle do not fail each other: only what failed is tried again, alone', async () => {
    const { processor, added, warnings } = underTest();
    await processor.process(taken(startOf(1), startOf(UNREADABLE_FROM), startOf(2)));
    expect(added).toEqual([{ ...startOf(UNREADABLE_FROM), delayMs: FIRST_RETRY_MS }]);
    const told = { job: 'start-100', tenant: 'ten_1', workload: 'wl_100', correlationId: 'c' };
    const msg =
      'job failed: start-workload of wl_100 in queue starts, will be tried again alone (up to 8 times)';
    expect(warnings).toMatchObject([{ ...told, tries: 1, queue: 'starts', msg }]);
  });

  it.each([
    [3, 'will be tried again (3 of 8)'],
    [8, 'for good (8 of 8; bulkhead queue show starts)'],
  ])('say after try %i which they are and whether there is another', (attemptsMade, end) => {
    const { processor, warnings } = underTest();
    const job = { ...taken(startOf(UNREADABLE_FROM)), attemptsMade, opts: { attempts: 8 } };
    processor.failed(job as BullJob, new Error('no answer in 10000 ms'));
    expect(warnings).toMatchObject([
      {
        ...{ queue: 'starts', kind: 'start-workload', job: 'start-100', workload: 'wl_100' },
        ...{ tries: attemptsMade, triesMax: 8, error: 'Error: no answer in 10000 ms' },
        msg: `job failed: start-workload of wl_100 in queue starts, ${end}`,
      },
    ]);
  });

  it('alone fail as they are, so that their queue tries them again', async () => {
    const { processor, added } = underTest();
    await expect(processor.process(taken(startOf(UNREADABLE_FROM)))).rejects.toThrow('the log');
    expect(added).toEqual([]);
  });

  it('in a bundle are all tried again where the queue does not take what failed', async () => {
    const { processor } = underTest();
    const queue = (processor as unknown as { parts: { queue: JobQueue } }).parts.queue;
    queue.add = () => Promise.reject(new Error('the queue is away'));
    const parcel = taken(startOf(1), startOf(UNREADABLE_FROM));
    await expect(processor.process(parcel)).rejects.toThrow('the queue is away');
  });

  it('too early go back into the queue together, each for as long as it has to wait', async () => {
    const { processor, added, warnings } = underTest();
    await processor.process(taken(startOf(1), startOf(20), startOf(30), startOf(20)));
    expect(added.map(({ id, delayMs }) => [id, delayMs])).toEqual([
      ['start-20', 2_000],
      ['start-20', 2_000],
      ['start-30', 3_000],
    ]);
    expect(warnings).toEqual([]);
  });

  it('that are all too early by the same time wait as they are', async () => {
    const { processor, added } = underTest();
    const moved: unknown[] = [];
    const moveToDelayed = async (...how: unknown[]) => void moved.push(how);
    const parcel = { ...taken(startOf(20), startOf(20)), moveToDelayed } as unknown as BullJob;
    await expect(processor.process(parcel, 'token')).rejects.toThrow(DelayedError);
    expect(moved).toEqual([[NOW_MS + 2_000, 'token']]);
    expect(added).toEqual([]);
  });
});
