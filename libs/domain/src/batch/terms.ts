import { accept, type Decided } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { BatchId } from '../ids.js';
import type {
  BatchDeadlinePassed,
  BatchEvent,
  BatchFailed,
  BatchPredecessorsSucceeded,
} from './events.js';
import type { BatchState } from './state.js';

/** Every batch that this one comes after has succeeded, or one has ended without. */
export interface EndWait {
  readonly kind: 'end-wait';
  /** The one that did not succeed; null where all did. */
  readonly failed: BatchId | null;
  readonly nowMs: TimeMs;
}

/** It is as late as `nowMs`. */
export interface PassDeadline {
  readonly kind: 'pass-deadline';
  readonly nowMs: TimeMs;
}

/** A batch whose predecessor did not succeed never begins: none of its tasks becomes a workload. */
export function endWait({ failed, nowMs }: EndWait, state: BatchState): Decided<BatchEvent> {
  const { isWaiting, after, taskCount } = state;
  if (!isWaiting) return accept();
  if (failed === null) {
    const succeeded = { after };
    return accept<BatchEvent>(
      event<BatchPredecessorsSucceeded>('BatchPredecessorsSucceeded', nowMs, succeeded),
    );
  }
  const told = { succeeded: 0, failed: 0, skipped: taskCount };
  const why = { because: 'predecessor', predecessor: failed } as const;
  return accept<BatchEvent>(event<BatchFailed>('BatchFailed', nowMs, { ...told, ...why }, 2));
}

/** What is under way is cancelled from here on; once that is gone, the batch has failed. */
export function passDeadline({ nowMs }: PassDeadline, state: BatchState): Decided<BatchEvent> {
  const { deadlineAtMs } = state;
  if (!isPast(state, nowMs) || deadlineAtMs === null) return accept();
  return accept<BatchEvent>(
    event<BatchDeadlinePassed>('BatchDeadlinePassed', nowMs, { deadlineAtMs }),
  );
}

/** Whether the deadline has come; never where there is none. */
export function isPast({ deadlineAtMs }: Pick<BatchState, 'deadlineAtMs'>, nowMs: TimeMs): boolean {
  return deadlineAtMs !== null && nowMs >= deadlineAtMs;
}
