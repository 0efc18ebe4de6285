import { type BatchSummary, estimatedEndMs, type Pause, type TimeMs } from '@bulkhead/domain';
import { timeText } from '../sources.js';
import type { BatchView } from './batch.schema.js';

/** A batch as its tenant sees it at that time; `name` is content and may have been erased. */
export function batchView(state: BatchSummary, name: string | null, nowMs: TimeMs): BatchView {
  const { batchId, status, taskCount, counts } = state;
  if (batchId === null || status === 'absent') throw new Error('there is no such batch');
  const finished = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    id: batchId,
    name,
    status,
    taskCount,
    maxParallel: state.maxParallel,
    maxFailures: state.maxFailures,
    deadline: timeOrNull(state.deadlineAtMs),
    after: [...state.after],
    counts: { ...counts },
    unfinished: state.endedAtMs === null ? taskCount - finished : 0,
    skipped: state.endedAtMs === null ? 0 : taskCount - finished,
    progress: taskCount === 0 ? 1 : finished / taskCount,
    estimatedEndAt: timeOrNull(estimatedEndMs(state, nowMs)),
    firstFailures: state.firstFailures.map(({ index, workloadId }) => ({ index, workloadId })),
    failure:
      state.failedBecause === null
        ? null
        : { because: state.failedBecause, predecessor: state.failedPredecessor },
    paused: pauseView(state.pause),
    cancelled: pauseView(state.cancellation),
    retryOf: state.retryOf,
    retriedBy: state.retriedBy,
    submittedAt: timeText(state.submittedAtMs),
    endedAt: timeOrNull(state.endedAtMs),
  };
}

/** Rows of an earlier release, which lists show until they are rebuilt, tell nothing of it. */
export function pauseView(pause: Pause | null | undefined): BatchView['paused'] {
  return pause == null ? null : { since: timeText(pause.atMs), reason: pause.reason };
}

function timeOrNull(timeMs: TimeMs | null): string | null {
  return timeMs === null ? null : timeText(timeMs);
}
