import { accept, type Decided, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { BatchId, TenantId, WorkloadId } from '../ids.js';
import type { WorkloadRequest } from '../workload/request.js';
import type {
  BatchCounts,
  BatchEvent,
  BatchFailed,
  BatchSubmitted,
  BatchSucceeded,
  BatchTasksAdded,
  BatchTasksFinished,
  TaskOutcome,
} from './events.js';

/** Tasks in one BatchTasksAdded event. */
export const BATCH_CHUNK_TASKS = 500;

export type BatchStatus = 'absent' | 'running' | 'succeeded' | 'failed';

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
}

export interface SubmitBatch {
  readonly kind: 'submit-batch';
  readonly batchId: BatchId;
  readonly tenantId: TenantId;
  readonly tasks: readonly WorkloadRequest[];
  readonly maxParallel: number | null;
  readonly maxFailures: number | null;
  readonly contentSha256: string;
  readonly nowMs: TimeMs;
}
export interface ReportTasksFinished {
  readonly kind: 'report-tasks-finished';
  readonly tasks: BatchTasksFinished['payload']['tasks'];
  /** Tasks that were created so far. */
  readonly created: number;
  readonly nowMs: TimeMs;
}
export type BatchCommand = SubmitBatch | ReportTasksFinished;

const noOutcomes = { succeeded: 0, failed: 0, cancelled: 0, 'timed-out': 0, rejected: 0 };
const FIRST_FAILURES_KEPT = 10;

/** Many workloads submitted and followed together. It succeeds only when every task did. */
export const batchDecider: Decider<BatchCommand, BatchState, BatchEvent> = {
  initialState: {
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
  },
  decide: (command, state) =>
    command.kind === 'submit-batch' ? submitBatch(command, state) : finishTasks(command, state),
  evolve: evolveBatch,
};

function submitBatch(command: SubmitBatch, state: BatchState): Decided<BatchEvent> {
  if (state.status !== 'absent') return reject('BATCH_EXISTS', 'The batch was submitted before.');
  const { batchId, tenantId, tasks, maxParallel, maxFailures, contentSha256, nowMs } = command;
  const chunks: BatchTasksAdded[] = [];
  for (let firstIndex = 0; firstIndex < tasks.length; firstIndex += BATCH_CHUNK_TASKS) {
    const chunk = tasks.slice(firstIndex, firstIndex + BATCH_CHUNK_TASKS);
    const added = { firstIndex, tasks: chunk };
    chunks.push(event<BatchTasksAdded>('BatchTasksAdded', nowMs, added, 2));
  }
  return accept<BatchEvent>(
    event<BatchSubmitted>('BatchSubmitted', nowMs, {
      batchId,
      tenantId,
      taskCount: tasks.length,
      maxParallel,
      maxFailures,
      contentSha256,
    }),
    ...chunks,
  );
}

function finishTasks(command: ReportTasksFinished, state: BatchState): Decided<BatchEvent> {
  if (state.status !== 'running') return accept();
  const tasks = command.tasks.filter((task) => state.outcomes[task.index] === undefined);
  if (tasks.length === 0) return accept();
  const { nowMs } = command;
  const finished = event<BatchTasksFinished>('BatchTasksFinished', nowMs, { tasks });
  const after = evolveBatch(state, finished);
  const done = finishedTasks(after.counts);
  if (done < after.taskCount && !(after.tooManyFailures && done >= command.created)) {
    return accept<BatchEvent>(finished);
  }
  const counts: BatchCounts = {
    succeeded: after.counts.succeeded,
    failed: done - after.counts.succeeded,
    skipped: after.taskCount - done,
  };
  const ended =
    counts.succeeded === after.taskCount
      ? event<BatchSucceeded>('BatchSucceeded', nowMs, counts)
      : event<BatchFailed>('BatchFailed', nowMs, counts);
  return accept<BatchEvent>(finished, ended);
}

function evolveBatch(state: BatchState, event: BatchEvent): BatchState {
  switch (event.type) {
    case 'BatchSubmitted': {
      const { contentSha256: _contentSha256, ...told } = event.payload;
      return { ...state, ...told, status: 'running', submittedAtMs: event.occurredAtMs };
    }
    case 'BatchTasksAdded':
      return state;
    case 'BatchTasksFinished':
      return withOutcomes(state, event.payload.tasks);
    case 'BatchSucceeded':
      return { ...state, status: 'succeeded', endedAtMs: event.occurredAtMs };
    case 'BatchFailed':
      return { ...state, status: 'failed', endedAtMs: event.occurredAtMs };
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
    if (outcome !== 'succeeded' && failures.length < FIRST_FAILURES_KEPT) {
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

function finishedTasks(counts: BatchState['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
