import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { BatchId, TenantId, WorkloadId } from '../ids.js';
import type { BatchEvent, BatchTasksFinished, TaskOutcome } from './events.js';

export type BatchStatus =
  | 'absent'
  | 'running'
  | 'paused'
  | 'cancelling'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

export interface BatchState {
  readonly batchId: BatchId | null;
  readonly tenantId: TenantId | null;
  readonly status: BatchStatus;
  readonly taskCount: number;
  readonly maxParallel: number | null;
  readonly maxFailures: number | null;
  readonly submittedAtMs: TimeMs;
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
  submittedAtMs: 0,
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
  switch (event.type) {
    case 'BatchSubmitted': {
      const { contentSha256: _contentSha256, ...told } = event.payload;
      return { ...state, ...told, status: 'running', submittedAtMs: event.occurredAtMs };
    }
    case 'BatchTasksAdded':
      return state;
    case 'BatchTasksFinished':
      return withOutcomes(state, event.payload.tasks);
    case 'BatchPaused':
      return { ...state, status: 'paused' };
    case 'BatchResumed':
      return { ...state, status: 'running' };
    case 'BatchCancelRequested':
      return { ...state, status: 'cancelling' };
    case 'BatchSucceeded':
      return { ...state, status: 'succeeded', endedAtMs: event.occurredAtMs };
    case 'BatchFailed':
      return { ...state, status: 'failed', endedAtMs: event.occurredAtMs };
    case 'BatchCancelled':
      return { ...state, status: 'cancelled', endedAtMs: event.occurredAtMs };
    case 'BatchRetried':
      return { ...state, retriedBy: event.payload.retryBatchId };
    default:
      return unknownEvent(event);
  }
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

/** The indexes of the tasks that a retry runs again, in the order in which it counts them from 0. */
export function tasksToRetry({ taskCount, outcomes }: BatchState): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < taskCount; index += 1) {
    if (outcomes[index] !== 'succeeded') indexes.push(index);
  }
  return indexes;
}
