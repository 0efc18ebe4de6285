import { EffectUnavailable } from '@bulkhead/event-store';
import type { JobsOptions, Queue } from 'bullmq';
import { dataOf, idOf, type Parcel, parcelsOf } from './bundles.js';
import {
  JOB_PRIORITY,
  type Job,
  type JobCounts,
  type JobQueue,
  QUEUE_NAMES,
  QUEUE_OF,
  type QueueCounts,
  type QueueName,
} from './job.js';
import type { QueueDatastore } from './queue-datastore.js';
import type { QueueOutages } from './queue-outages.js';

/** A job that fails is tried this often; after that the reconciliation of its host issues it anew. */
export const JOB_ATTEMPTS_MAX = 8;
export const FIRST_RETRY_MS = 200;
/** Failed jobs that are kept to be looked at, in each queue. */
export const FAILED_KEPT = 1_000;
/** Parcels in one statement. */
const BULK_MAX = 1_000;
const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const;

export type BullQueues = Readonly<Record<QueueName, Pick<Queue, 'addBulk' | 'getJobCounts'>>>;

/**
 * Jobs in BullMQ, one queue for each kind of work, whichever datastore is behind it. What is added together
 * lies in it in bundles.
 */
export class BullJobQueue implements JobQueue {
  constructor(
    private readonly queues: BullQueues,
    readonly datastore: QueueDatastore,
    private readonly outages: Pick<QueueOutages, 'failed' | 'answered'>,
  ) {}

  /** @throws EffectUnavailable while Redis is away: adding again is right, however long it takes */
  async add(jobs: readonly Job[]): Promise<void> {
    const byQueue = QUEUE_NAMES.map((name) => jobs.filter(({ kind }) => QUEUE_OF[kind] === name));
    await this.asked(() =>
      Promise.all(byQueue.map((some, at) => this.addTo(QUEUE_NAMES[at] as QueueName, some))),
    );
  }

  async counts(): Promise<QueueCounts> {
    const counts = await this.asked(() =>
      Promise.all(QUEUE_NAMES.map((name) => this.queues[name].getJobCounts(...STATES))),
    );
    const entries = QUEUE_NAMES.map((name, at): [QueueName, JobCounts] => [name, counts[at] ?? {}]);
    return Object.fromEntries(entries) as unknown as QueueCounts;
  }

  private async addTo(name: QueueName, jobs: readonly Job[]): Promise<void> {
    const parcels = parcelsOf(jobs);
    for (let from = 0; from < parcels.length; from += BULK_MAX) {
      const bulk = parcels.slice(from, from + BULK_MAX);
      await this.queues[name].addBulk(
        bulk.map((parcel) => {
          return { name: parcel[0].kind, data: dataOf(parcel), opts: optionsOf(parcel) };
        }),
      );
    }
  }

  /** A job holds nothing that a datastore could object to, so that whatever Redis says will pass. */
  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.outages.answered();
      return answer;
    } catch (error) {
      this.outages.failed(error);
      if (this.datastore === 'postgres') throw error;
      throw new EffectUnavailable('the queues in Redis cannot be reached', error);
    }
  }
}

function optionsOf(parcel: Parcel): JobsOptions {
  const [{ kind, delayMs }] = parcel;
  const priority = JOB_PRIORITY[kind] ?? 0;
  return {
    jobId: idOf(parcel),
    attempts: JOB_ATTEMPTS_MAX,
    backoff: { type: 'exponential', delay: FIRST_RETRY_MS },
    removeOnComplete: true,
    removeOnFail: { count: FAILED_KEPT },
    ...(priority > 0 ? { priority } : {}),
    ...(delayMs > 0 ? { delay: delayMs } : {}),
  };
}
