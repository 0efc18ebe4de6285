import { accept, type Decided, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { BatchId, TenantId } from '../ids.js';
import type { WorkloadRequest } from '../workload/request.js';
import { type BatchAct, batchRefusalText, batchTable } from './batch-table.js';
import { chunksOf } from './chunks.js';
import type {
  BatchCancelled,
  BatchCancelRequested,
  BatchCounts,
  BatchEvent,
  BatchFailed,
  BatchPaused,
  BatchResumed,
  BatchRetried,
  BatchSubmitted,
  BatchSucceeded,
  BatchTasksAdded,
  BatchTasksFinished,
} from './events.js';
import { type BatchState, createsNoMore, evolveBatch, finishedTasks, noBatch } from './state.js';
import { type EndWait, endWait, type PassDeadline, passDeadline } from './terms.js';

export interface SubmitBatch {
  readonly kind: 'submit-batch';
  readonly batchId: BatchId;
  readonly tenantId: TenantId;
  readonly tasks: readonly WorkloadRequest[];
  readonly maxParallel: number | null;
  readonly maxFailures: number | null;
  readonly contentSha256: string;
  /** The batch that is retried; left out where none is. */
  readonly retryOf?: BatchId;
  /** Left out, or null, where it may take its time. */
  readonly deadlineAtMs?: TimeMs | null;
  /** Batches of the tenant that are there already; left out where it waits for none. */
  readonly after?: readonly BatchId[];
  readonly nowMs: TimeMs;
}
export interface ReportTasksFinished {
  readonly kind: 'report-tasks-finished';
  /** None where a batch is being cancelled and nothing of it is under way. */
  readonly tasks: BatchTasksFinished['payload']['tasks'];
  /** Tasks that were created so far. */
  readonly created: number;
  readonly nowMs: TimeMs;
}
export interface ActOnBatch {
  readonly kind: BatchAct;
  readonly reason: string | null;
  readonly nowMs: TimeMs;
}
/** Goes into the same append as the submission of the batch that it names. */
export interface RetryFailed {
  readonly kind: 'retry-failed';
  readonly retryBatchId: BatchId;
  readonly reason: string | null;
  readonly nowMs: TimeMs;
}
export type BatchCommand =
  | SubmitBatch
  | ReportTasksFinished
  | ActOnBatch
  | RetryFailed
  | EndWait
  | PassDeadline;

/** Many workloads submitted and followed together. It succeeds only when every task did. */
export const batchDecider: Decider<BatchCommand, BatchState, BatchEvent> = {
  initialState: noBatch,
  decide(command, state) {
    const answer = batchTable[command.kind][state.status];
    if (answer === 'nothing') return accept();
    if (answer !== 'decide') return reject(answer, batchRefusalText(answer, state.status));
    if (command.kind === 'submit-batch') return submitBatch(command);
    if (command.kind === 'report-tasks-finished') return finishTasks(command, state);
    if (command.kind === 'retry-failed') return retryFailed(command, state);
    if (command.kind === 'end-wait') return endWait(command, state);
    if (command.kind === 'pass-deadline') return passDeadline(command, state);
    return accept<BatchEvent>(actEvents[command.kind](command.nowMs, command.reason));
  },
  evolve: evolveBatch,
};

function submitBatch(command: SubmitBatch): Decided<BatchEvent> {
  const { batchId, tenantId, tasks, maxParallel, maxFailures, nowMs, retryOf } = command;
  const { deadlineAtMs = null, after = [] } = command;
  if (deadlineAtMs !== null && deadlineAtMs <= nowMs) {
    return reject('BATCH_DEADLINE_PASSED', 'The deadline has passed already.');
  }
  const submitted = {
    ...{ batchId, tenantId, taskCount: tasks.length, maxParallel, maxFailures },
    contentSha256: command.contentSha256,
    ...(retryOf === undefined ? {} : { retryOf }),
    ...{ deadlineAtMs, after },
  };
  let firstIndex = 0;
  const chunks = chunksOf(tasks).map((chunk) => {
    const added = event<BatchTasksAdded>('BatchTasksAdded', nowMs, { firstIndex, tasks: chunk }, 3);
    firstIndex += chunk.length;
    return added;
  });
  return accept<BatchEvent>(
    event<BatchSubmitted>('BatchSubmitted', nowMs, submitted, 2),
    ...chunks,
  );
}

const actEvents: Readonly<Record<BatchAct, (nowMs: TimeMs, reason: string | null) => BatchEvent>> =
  {
    pause: (nowMs, reason) => event<BatchPaused>('BatchPaused', nowMs, { reason }),
    resume: (nowMs, reason) => event<BatchResumed>('BatchResumed', nowMs, { reason }),
    cancel: (nowMs, reason) =>
      event<BatchCancelRequested>('BatchCancelRequested', nowMs, { reason }),
  };

/** A second retry is answered with the first: what fails in that one is retried there. */
function retryFailed(command: RetryFailed, state: BatchState): Decided<BatchEvent> {
  if (state.retriedBy !== null) return accept();
  const { retryBatchId, reason, nowMs } = command;
  return accept<BatchEvent>(event<BatchRetried>('BatchRetried', nowMs, { retryBatchId, reason }));
}

function finishTasks(command: ReportTasksFinished, state: BatchState): Decided<BatchEvent> {
  const { nowMs } = command;
  const tasks = command.tasks.filter((task) => state.outcomes[task.index] === undefined);
  if (tasks.length === 0 && !createsNoMore(state)) return accept();
  const finished = event<BatchTasksFinished>('BatchTasksFinished', nowMs, { tasks });
  const after = tasks.length === 0 ? state : evolveBatch(state, finished);
  const ended = endOf(state, after, command.created, nowMs);
  return accept<BatchEvent>(
    ...(tasks.length === 0 ? [] : [finished]),
    ...(ended === null ? [] : [ended]),
  );
}

/**
 * How a batch ends once none of its tasks is under way and none will follow; null before that. That none will follow
 * has to stand in the log before: each creation guards the batch, so whoever still believes otherwise is refused from
 * then on, and who counts what was created knows all of it.
 */
function endOf(
  before: BatchState,
  state: BatchState,
  created: number,
  nowMs: TimeMs,
): BatchEvent | null {
  const { counts, taskCount, status } = state;
  const done = finishedTasks(counts);
  if (done < taskCount && !(createsNoMore(before) && done >= created)) return null;
  const told: BatchCounts = {
    succeeded: counts.succeeded,
    failed: done - counts.succeeded,
    skipped: taskCount - done,
  };
  if (counts.succeeded === taskCount) return event<BatchSucceeded>('BatchSucceeded', nowMs, told);
  if (status === 'cancelling') return event<BatchCancelled>('BatchCancelled', nowMs, told);
  const because = status === 'overdue' ? 'deadline' : 'tasks';
  return event<BatchFailed>('BatchFailed', nowMs, { ...told, because, predecessor: null }, 2);
}
