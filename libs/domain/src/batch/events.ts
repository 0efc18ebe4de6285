import type { Event, TimeMs } from '../event.js';
import type { BatchId, TenantId, WorkloadId } from '../ids.js';
import type { WorkloadRequest } from '../workload/request.js';

export type BatchSubmitted = Event<
  'BatchSubmitted',
  2,
  {
    batchId: BatchId;
    tenantId: TenantId;
    taskCount: number;
    /** Tasks that may be unfinished at once; null leaves it to the fleet. */
    maxParallel: number | null;
    /** The batch fails once more tasks than this have failed; null lets every task run. */
    maxFailures: number | null;
    /** SHA-256 (hex) of salt and content: the batch's free-text name. */
    contentSha256: string;
    /** The batch whose tasks that did not succeed it runs again, in the order of their indexes there. */
    retryOf?: BatchId;
    /** From then on no task becomes a workload, and what is under way is cancelled; null where it may take its time. */
    deadlineAtMs: TimeMs | null;
    /** Batches of the same tenant, submitted before, that must all have succeeded before it begins. */
    after: readonly BatchId[];
  }
>;
/** A chunk of at most 500 tasks, so that no event grows without bound. Indexes run from `firstIndex`. */
export type BatchTasksAdded = Event<
  'BatchTasksAdded',
  3,
  { firstIndex: number; tasks: readonly WorkloadRequest[] }
>;
export type TaskOutcome = 'succeeded' | 'failed' | 'cancelled' | 'timed-out' | 'rejected';
export type BatchTasksFinished = Event<
  'BatchTasksFinished',
  1,
  { tasks: readonly { index: number; workloadId: WorkloadId; outcome: TaskOutcome }[] }
>;
/** No further task is created; those under way go on. */
export type BatchPaused = Event<'BatchPaused', 1, { reason: string | null }>;
export type BatchResumed = Event<'BatchResumed', 1, { reason: string | null }>;
/** No further task is created, and those under way are cancelled. */
export type BatchCancelRequested = Event<'BatchCancelRequested', 1, { reason: string | null }>;

/** All that it came after have succeeded, so that its tasks may become workloads. */
export type BatchPredecessorsSucceeded = Event<
  'BatchPredecessorsSucceeded',
  1,
  { after: readonly BatchId[] }
>;
/** No further task is created, and those under way are cancelled: it has failed. */
export type BatchDeadlinePassed = Event<'BatchDeadlinePassed', 1, { deadlineAtMs: TimeMs }>;

export interface BatchCounts {
  readonly succeeded: number;
  readonly failed: number;
  /** Never created, because the batch had failed or was cancelled before their turn came. */
  readonly skipped: number;
}
export type BatchSucceeded = Event<'BatchSucceeded', 1, BatchCounts>;
/** Tasks did not succeed; its deadline passed before all had; or a batch that it came after did not succeed. */
export type BatchFailureCause = 'tasks' | 'deadline' | 'predecessor';
export type BatchFailed = Event<
  'BatchFailed',
  2,
  BatchCounts & {
    because: BatchFailureCause;
    /** The batch that it came after and that did not succeed; null where it did not fail by one. */
    predecessor: BatchId | null;
  }
>;
/** `failed` counts what did not succeed, cancelled tasks among them. */
export type BatchCancelled = Event<'BatchCancelled', 1, BatchCounts>;

/** After its end: another batch, recorded in the same append, runs again what did not succeed. */
export type BatchRetried = Event<
  'BatchRetried',
  1,
  { retryBatchId: BatchId; reason: string | null }
>;

export type BatchEvent =
  | BatchSubmitted
  | BatchTasksAdded
  | BatchTasksFinished
  | BatchPaused
  | BatchResumed
  | BatchCancelRequested
  | BatchPredecessorsSucceeded
  | BatchDeadlinePassed
  | BatchSucceeded
  | BatchFailed
  | BatchCancelled
  | BatchRetried;
