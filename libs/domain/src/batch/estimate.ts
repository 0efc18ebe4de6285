import type { TimeMs } from '../event.js';
import { type BatchSummary, finishedTasks } from './state.js';

/**
 * When the last task of a batch should have finished if it goes on as it has gone so far; null where nothing
 * speaks for any time. It is an estimate from tasks that have finished over the time in which tasks became
 * workloads, pauses left out. Until as many have finished as may run at once, the first round is taken to
 * last as long as its first task, because to count only those would make a batch of equal tasks seem slower
 * by as much as it is parallel.
 */
export function estimatedEndMs(batch: BatchSummary, nowMs: TimeMs): TimeMs | null {
  const { status, taskCount, maxParallel, runningSinceMs, ranMs, tooManyFailures } = batch;
  const finished = finishedTasks(batch.counts);
  if (status !== 'running' || runningSinceMs === null || tooManyFailures || finished === 0) {
    return null;
  }
  const round = Math.min(maxParallel ?? 1, taskCount);
  const activeMs = ranMs + Math.max(0, nowMs - runningSinceMs);
  const perTaskMs = activeMs / Math.max(finished, round);
  return Math.round(nowMs + perTaskMs * (taskCount - finished));
}
