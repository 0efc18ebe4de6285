import type { TimeMs } from '@bulkhead/domain';
import {
  EffectUnavailable,
  type FailedJob,
  type QueueDatastoreName,
  type QueueSummary,
} from '@bulkhead/event-store';
import type { Job as BullJob, JobsOptions, Queue } from 'bullmq';
import { dataOf, idOf, type Parcel, parcelsOf } from './bundles.js';
import {
  backlogOf,
  JOB_PRIORITY,
  type Job,
  type JobCounts,
  type JobQueue,
  QUEUE_NAMES,
  QUEUE_OF,
  type QueueCounts,
  type QueueName,
} from './job.js';
import type { QueueOutages } from './queue-outages.js';

/** A job that fails is tried this often; after that the reconciliation of its host issues it anew. */
export const JOB_ATTEMPTS_MAX = 8;
export const FIRST_RETRY_MS = 200;
/** Failed jobs that are kept to be looked at, in each queue. */
export const FAILED_KEPT = 1_000;
/** Parcels in one statement. */
const BULK_MAX = 1_000;
/** Of the failed jobs of a queue, so many are told of, the newest first. */
export const FAILURES_TOLD = 20;
const REASON_LENGTH_MAX = 500;
const RETRIES_AT_ONCE = 50;
const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const;

export type BullQueues = Readonly<
  Record<QueueName, Pick<Queue, 'addBulk' | 'getJobCounts' | 'getJobs'>>
>;

/**
 * Jobs in BullMQ, one queue for each kind of work, whichever datastore is behind it. What is added together
 * lies in it in bundles.
 */
export class BullJobQueue implements JobQueue {
  constructor(
    private readonly queues: BullQueues,
    readonly datastore: QueueDatastoreName,
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

  /**
   * Has a worker take each job up anew that had failed for good by then, with as many tries as at first.
   * @throws EffectUnavailable while Redis is away
   */
  async retryFailed(name: QueueName, failedByMs: TimeMs): Promise<void> {
    await this.asked(async () => {
      const failed = await this.queues[name].getJobs(['failed'], 0, FAILED_KEPT - 1);
      const meant = failed.filter(({ finishedOn }) => (finishedOn ?? 0) <= failedByMs);
      for (let from = 0; from < meant.length; from += RETRIES_AT_ONCE) {
        await Promise.all(meant.slice(from, from + RETRIES_AT_ONCE).map(retried));
      }
    });
  }

  /** @throws EffectUnavailable while Redis is away */
  async summaries(): Promise<readonly QueueSummary[]> {
    return this.asked(() => Promise.all(QUEUE_NAMES.map((name) => this.summaryOf(name))));
  }

  private async summaryOf(name: QueueName): Promise<QueueSummary> {
    const queue = this.queues[name];
    const counts = await queue.getJobCounts(...STATES);
    const { active = 0, delayed = 0, failed = 0 } = counts;
    const waiting = backlogOf(counts);
    const oldest = waiting === 0 ? [] : await queue.getJobs(['waiting', 'prioritized'], 0, 0, true);
    const newest = failed === 0 ? [] : await queue.getJobs(['failed'], 0, FAILURES_TOLD - 1);
    const failures = newest.map(failureOf);
    return {
      ...{ name, waiting, active, delayed, failed, failures },
      oldestWaitingAtMs: earliest(oldest.map(({ timestamp }) => timestamp)),
      newestFailureAtMs: failures[0]?.failedAtMs ?? null,
    };
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

  /**
   * A Redis that is away passes. Postgres holds the log, too, so what is wrong with it is known by its errors;
   * and what either refuses while it answers is thrown as it is.
   */
  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.outages.answered();
      return answer;
    } catch (error) {
      const isAway = this.outages.failed(error);
      if (this.datastore === 'postgres' || !isAway) throw error;
      throw new EffectUnavailable('the queues in Redis cannot be reached', error);
    }
  }
}

/** One that is not there any more, or was taken up meanwhile, needs nothing: BullMQ says so by a number. */
async function retried(job: BullJob): Promise<void> {
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== 'number') throw error;
  }
}

/** Its data are ids only; what it failed of is cut off where it gets long. */
function failureOf({ id, name, data, finishedOn, attemptsMade, failedReason }: BullJob): FailedJob {
  const { tenantId, workloadId, hostId, correlationId } = data as Record<string, string>;
  return {
    job: id ?? '',
    kind: name,
    tenantId: tenantId ?? null,
    workloadId: workloadId ?? null,
    hostId: hostId ?? null,
    correlationId: correlationId ?? null,
    failedAtMs: finishedOn ?? 0,
    tries: attemptsMade,
    reason: (failedReason ?? '').slice(0, REASON_LENGTH_MAX),
  };
}

function earliest(times: readonly TimeMs[]): TimeMs | null {
  return times.length === 0 ? null : Math.min(...times);
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
    // Postgres refuses a part of a millisecond, and with it the event that the job is for.
    ...(delayMs > 0 ? { delay: Math.ceil(delayMs) } : {}),
  };
}
