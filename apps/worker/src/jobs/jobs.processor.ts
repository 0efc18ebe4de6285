import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import { type Job as BullJob, DelayedError, type WorkerOptions } from 'bullmq';
import { type Logger, told } from '../logging.js';
import { FIRST_RETRY_MS, JOB_ATTEMPTS_MAX } from '../queue/bull-job-queue.js';
import { type BundledJob, unbundled } from '../queue/bundles.js';
import type { Job } from '../queue/job.js';
import { QueueOutages } from '../queue/queue-outages.js';
import { JOB_PARTS, LOGGER } from '../sources.js';
import { type FailedTry, failureOf } from './job-failure.js';
import type { JobParts } from './job-parts.js';
import { JobsInHand } from './jobs-in-hand.js';
import { runJob } from './run-job.js';
import { NotItsTurn } from './start-turns.js';

/** A job is one short step; one that is held for longer belongs to a worker that has died. */
const LOCK_MS = 15_000;
const STALLED_CHECK_MS = 5_000;
/** How often a job may lose its worker: a crash of ours is no fault of the job's. */
const STALLED_MAX = 20;
/** How long an idle worker waits for a job before it looks by itself. */
const IDLE_SECONDS = 2;
/** How long a worker that lost its queue waits before it looks again; by itself BullMQ takes 15 seconds. */
const LOOK_AGAIN_MS = 1_000;

/** How jobs of every queue are taken. It begins when the worker says so. */
export const TAKER_OPTIONS: Partial<WorkerOptions> = {
  autorun: false,
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_CHECK_MS,
  maxStalledCount: STALLED_MAX,
  drainDelay: IDLE_SECONDS,
  runRetryDelay: LOOK_AGAIN_MS,
};

/** What BullMQ says of a job that its datastore forgot, or gave to another worker, while it ran. */
const JOB_FORGOTTEN = /^(Missing (lock|key)|could not renew lock|Lock mismatch)/i;

type FailedJob = BundledJob & { readonly error: Error };

/** Hands jobs of one queue to the functions of this folder. */
export abstract class JobsProcessor extends WorkerHost {
  private inHand = new JobsInHand(1, () => {});

  constructor(
    @Inject(JOB_PARTS) private readonly parts: JobParts,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(QueueOutages) private readonly outages: QueueOutages,
  ) {
    super();
  }

  /** @throws Error where its queue was not reached: BullMQ that does not reach Postgres at first never tries again */
  async connected(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  /** Begins to take jobs at once, that many at a time; ends when none are taken any more. */
  begin(concurrency: number): Promise<void> {
    this.inHand = new JobsInHand(concurrency, (parcels) => {
      this.worker.concurrency = parcels;
    });
    return this.worker.run();
  }

  /** Takes no more for now; jobs in hand go on. */
  hold(): void {
    this.worker.pause(true).catch((error: unknown) => this.broken(error as Error));
  }

  resume(): void {
    this.worker.resume();
  }

  /** Takes no more, and ends when the jobs in hand have ended; at once where nobody could be told of it. */
  async finish(isAway: boolean): Promise<void> {
    await this.worker.close(isAway);
  }

  async process(parcel: BullJob, token?: string): Promise<void> {
    const kind = parcel.name as Job['kind'];
    const jobs = unbundled(parcel.id ?? '', parcel.data);
    const outcomes = await this.inHand.each(jobs, ({ data }) =>
      runJob(this.parts, { kind, data } as Job),
    );
    const { failed, later } = sorted(jobs, outcomes);
    await this.tryAgain(kind, failed, jobs.length === 1);
    const [first] = later;
    if (first === undefined) return;
    const [afterMs, together] = first;
    if (together.length === jobs.length) await this.postpone(parcel, afterMs, token);
    await this.add(
      kind,
      [...later].flatMap(([delayMs, some]) => some.map((job) => ({ ...job, delayMs }))),
    );
  }

  /** What failed in a bundle goes on alone, after the pause of a first retry; the others are done. */
  private async tryAgain(kind: Job['kind'], failed: readonly FailedJob[], isAlone: boolean) {
    for (const { id, data, error } of failed) {
      if (isAlone) throw error;
      const first = { tries: 1, triesMax: JOB_ATTEMPTS_MAX, isBundled: true };
      this.tell({ kind, id, data, ...first }, error);
      await this.add(kind, [{ id, data, delayMs: FIRST_RETRY_MS }]);
    }
  }

  private add(kind: Job['kind'], jobs: readonly (BundledJob & Pick<Job, 'delayMs'>)[]) {
    return this.parts.queue.add(jobs.map((job) => ({ kind, ...job }) as Job));
  }

  /** It makes room for jobs of other hosts, and its tries are not counted. */
  private async postpone(parcel: BullJob, afterMs: number, token?: string): Promise<never> {
    await parcel.moveToDelayed(this.parts.clock() + afterMs, token);
    throw new DelayedError(`not its turn; again in ${afterMs} ms`);
  }

  @OnWorkerEvent('active')
  taken(): void {
    this.outages.answered();
  }

  @OnWorkerEvent('failed')
  failed(job: BullJob | undefined, error: Error): void {
    if (job === undefined) this.logger.warn({ ...told(error) }, 'job failed');
    else {
      const { id, data, attemptsMade: tries } = job;
      const triesMax = job.opts.attempts ?? JOB_ATTEMPTS_MAX;
      const kind = job.name as Job['kind'];
      this.tell({ kind, id, data, tries, triesMax, isBundled: false }, error);
    }
  }

  private tell(failed: FailedTry, error: Error): void {
    const { fields, text } = failureOf(failed);
    this.logger.warn({ ...fields, ...told(error) }, text);
  }

  /** Without a listener BullMQ would throw what happens to its connections. */
  @OnWorkerEvent('error')
  broken(error: Error): void {
    if (!JOB_FORGOTTEN.test(error.message)) this.outages.failed(error);
    // What it did is in the log, and doing it again does no harm.
    else this.logger.info({ ...told(error) }, 'the queue has lost a job that was in hand');
  }
}

/** What failed, and what has not its turn yet by how long it has to wait. */
function sorted(jobs: readonly BundledJob[], outcomes: readonly PromiseSettledResult<void>[]) {
  const failed: FailedJob[] = [];
  const later = new Map<number, BundledJob[]>();
  for (const [at, job] of jobs.entries()) {
    const outcome = outcomes[at];
    if (outcome?.status !== 'rejected') continue;
    const { reason } = outcome;
    if (!(reason instanceof NotItsTurn)) failed.push({ ...job, error: reason as Error });
    else later.set(reason.afterMs, [...(later.get(reason.afterMs) ?? []), job]);
  }
  return { failed, later };
}
