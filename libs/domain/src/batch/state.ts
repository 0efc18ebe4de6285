import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { BatchId, TenantId, WorkloadId } from '../ids.js';
import type { BatchEvent, BatchFailureCause, BatchTasksFinished, TaskOutcome } from './events.js';

export type BatchStatus =
  | 'absent'
  /** For batches that it comes after. */
  | 'waiting'
  | 'running'
  | 'paused'
  | 'cancelling'
  /** Its deadline has passed, and what is under way is being cancelled. */
  | 'overdue'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

/** A tenant's pause of a batch or schedule, or cancel of a batch, and the reason that it gave. */
export interface Pause {
  readonly atMs: TimeMs;
  readonly reason: string | null;
}

export interface BatchState {
  readonly batchId: BatchId | null;
  readonly tenantId: TenantId | null;
  readonly status: BatchStatus;
  readonly taskCount: number;
  readonly maxParallel: number | null;
  readonly maxFailures: number | null;
  readonly deadlineAtMs: TimeMs | null;
  readonly after: readonly BatchId[];
  /** Whether those that it comes after have not all succeeded yet; also while it is paused. */
  readonly isWaiting: boolean;
  readonly failedBecause: BatchFailureCause | null;
  /** The one that it came after and that did not succeed, where it failed by that. */
  readonly failedPredecessor: BatchId | null;
  /** Since when its tenant wants no further task created, and why; null unless it is paused. */
  readonly pause: Pause | null;
  /** Since when its tenant wants it gone, and why; null where it never did. */
  readonly cancellation: Pause | null;
  readonly submittedAtMs: TimeMs;
  /** Since when tasks become workloads without a break; null while none does. */
  readonly runningSinceMs: TimeMs | null;
  /** How long they did before that, in milliseconds. */
  readonly ranMs: number;
  readonly endedAtMs: TimeMs | null;
  /** By index, of the tasks that have finished. */
  readonly outcomes: Readonly<Record<number, TaskOutcome>>;
  readonly counts: Readonly<Record<TaskOutcome, number>>;
  readonly firstFailures: readonly { readonly index: number; readonly workloadId: WorkloadId }[];
  /** Whether more tasks have failed than the batch tolerates; no further one is created. */
  readonly tooManyFailures: boolean;
  /** The batch whose tasks that did not succeed this one runs again. */
  readonly retryOf: BatchId | null;
  /** The batch that runs again what did not succeed here. There is one at most. */
  readonly retriedBy: BatchId | null;
}

/** A batch without what each of its tasks came to: all that a list shows of it. */
export type BatchSummary = Omit<BatchState, 'outcomes'>;

const noOutcomes = { succeeded: 0, failed: 0, cancelled: 0, 'timed-out': 0, rejected: 0 };
const FIRST_FAILURES_KEPT = 10;

export const noBatch: BatchState = {
  batchId: null,
  tenantId: null,
  status: 'absent',
  taskCount: 0,
  maxParallel: null,
  maxFailures: null,
  deadlineAtMs: null,
  after: [],
  isWaiting: false,
  failedBecause: null,
  failedPredecessor: null,
  pause: null,
  cancellation: null,
  submittedAtMs: 0,
  runningSinceMs: null,
  ranMs: 0,
  endedAtMs: null,
  outcomes: {},
  counts: noOutcomes,
  firstFailures: [],
  tooManyFailures: false,
  retryOf: null,
  retriedBy: null,
};

/** A batch after one more event of its stream. */
export function evolveBatch(state: BatchState, event: BatchEvent): BatchState {
  const atMs = event.occurredAtMs;
  switch (event.type) {
    case 'BatchSubmitted': {
      const { contentSha256: _contentSha256, ...told } = event.payload;
      const submitted = { ...state, ...told, submittedAtMs: atMs };
      const isWaiting = told.after.length > 0;
      return isWaiting
        ? { ...submitted, isWaiting, status: 'waiting' }
        : { ...submitted, status: 'running', runningSinceMs: atMs };
    }
    case 'BatchTasksAdded':
      return state;
    case 'BatchTasksFinished':
      return withOutcomes(state, event.payload.tasks);
    case 'BatchPaused': {
      const pause = { atMs, reason: event.payload.reason };
      return { ...stopped(state, atMs), status: 'paused', pause };
    }
    case 'BatchResumed':
      return goingOn(state, atMs);
    case 'BatchPredecessorsSucceeded': {
      const free = { ...state, isWaiting: false };
      return state.status === 'paused' ? free : goingOn(free, atMs);
    }
    case 'BatchCancelRequested': {
      const cancellation = { atMs, reason: event.payload.reason };
      return { ...stopped(state, atMs), status: 'cancelling', cancellation };
    }
    case 'BatchDeadlinePassed':
      return { ...stopped(state, atMs), status: 'overdue' };
    case 'BatchSucceeded':
      return { ...stopped(state, atMs), status: 'succeeded', endedAtMs: atMs };
    case 'BatchFailed': {
      const { because: failedBecause, predecessor: failedPredecessor } = event.payload;
      const failed = { failedBecause, failedPredecessor, endedAtMs: atMs };
      return { ...stopped(state, atMs), ...failed, status: 'failed' };
    }
    case 'BatchCancelled':
      return { ...stopped(state, atMs), status: 'cancelled', endedAtMs: atMs };
    case 'BatchRetried':
      return { ...state, retriedBy: event.payload.retryBatchId };
    default:
      return unknownEvent(event);
  }
}

/** From here on tasks become workloads, unless it still waits for what it comes after. */
function goingOn(before: BatchState, atMs: TimeMs): BatchState {
  const state = { ...before, pause: null };
  return state.isWaiting
    ? { ...state, status: 'waiting' }
    : { ...state, status: 'running', runningSinceMs: atMs };
}

/** From here on no task becomes a workload. */
function stopped(state: BatchState, atMs: TimeMs): BatchState {
  const { runningSinceMs, ranMs } = state;
  // Those who report may have clocks that differ.
  const moreMs = runningSinceMs === null ? 0 : Math.max(0, atMs - runningSinceMs);
  return { ...state, pause: null, runningSinceMs: null, ranMs: ranMs + moreMs };
}

/** One copy for each event, not for each task: a batch has up to 10,000 of them. */
function withOutcomes(
  state: BatchState,
  tasks: BatchTasksFinished['payload']['tasks'],
): BatchState {
  const outcomes = { ...state.outcomes };
  const counts = { ...state.counts };
  const failures = [...state.firstFailures];
  for (const { index, workloadId, outcome } of tasks) {
    outcomes[index] = outcome;
    counts[outcome] += 1;
    const failed = outcome !== 'succeeded' && outcome !== 'cancelled';
    if (failed && failures.length < FIRST_FAILURES_KEPT) {
      failures.push({ index, workloadId });
    }
  }
  const failed = finishedTasks(counts) - counts.succeeded;
  return {
    ...state,
    outcomes,
    counts,
    firstFailures: failures,
    tooManyFailures: state.maxFailures !== null && failed > state.maxFailures,
  };
}

/** How many tasks have ended, whatever became of them. */
export function finishedTasks(counts: BatchState['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Whether no further task of it becomes a workload: it ends once what is under way is gone. */
export function createsNoMore(batch: Pick<BatchState, 'status' | 'tooManyFailures'>): boolean {
  return batch.tooManyFailures || batch.status === 'cancelling' || batch.status === 'overdue';
}

/** The indexes of the tasks that a retry runs again, in the order in which it counts them from 0. */
export function tasksToRetry({ taskCount, outcomes }: BatchState): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < taskCount; index += 1) {
    if (outcomes[index] !== 'succeeded') indexes.push(index);
  }
  return indexes;
}
