import type { JobsOptions, Queue } from 'bullmq';
import { JOB_PRIORITY, type Job, type JobQueue, type QueueCounts } from './job.js';

/** A job that fails is tried this often; after that the reconciliation of its host issues it anew. */
export const JOB_ATTEMPTS_MAX = 8;
const FIRST_RETRY_MS = 200;
/** Failed jobs that are kept to be looked at. */
const FAILED_KEPT = 1_000;
/** Jobs in one statement. */
const BULK_MAX = 1_000;

/** Jobs in BullMQ, whichever datastore is behind it. */
export class BullJobQueue implements JobQueue {
  constructor(private readonly queue: Pick<Queue, 'addBulk' | 'getJobCounts'>) {}

  async add(jobs: readonly Job[]): Promise<void> {
    for (let from = 0; from < jobs.length; from += BULK_MAX) {
      const bulk = jobs.slice(from, from + BULK_MAX);
      await this.queue.addBulk(
        bulk.map((job) => ({ name: job.kind, data: job.data, opts: optionsOf(job) })),
      );
    }
  }

  counts(): Promise<QueueCounts> {
    return this.queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed');
  }
}

function optionsOf({ id, kind, delayMs }: Job): JobsOptions {
  return {
    jobId: id,
    priority: JOB_PRIORITY[kind],
    attempts: JOB_ATTEMPTS_MAX,
    backoff: { type: 'exponential', delay: FIRST_RETRY_MS },
    removeOnComplete: true,
    removeOnFail: { count: FAILED_KEPT },
    ...(delayMs > 0 ? { delay: delayMs } : {}),
  };
}
