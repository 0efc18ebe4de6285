import { event, type TimeMs } from '../event.js';
import type {
  AttemptFailed,
  FailureCause,
  WorkloadCancelled,
  WorkloadEvent,
  WorkloadFailed,
  WorkloadRetryScheduled,
  WorkloadSucceeded,
  WorkloadTimedOut,
} from './events.js';
import type { AttemptState, WorkloadState } from './state.js';

/** Attempts that do not count (evicted, lost) are still bounded, so that nothing retries for ever. */
export const UNCOUNTED_ATTEMPTS_MAX = 50;
/** Doubling stops here: one hour. */
export const BACKOFF_MAX_MS = 3_600_000;

/**
 * What follows the release of an attempt. What was asked first wins: a cancel and a deadline end the
 * workload however it exited; an eviction or a loss only ends the attempt.
 */
export function outcomeOf(
  state: WorkloadState,
  attempt: AttemptState,
  nowMs: TimeMs,
): readonly WorkloadEvent[] {
  const number = { attempt: attempt.attempt };
  if (state.cancelRequested) {
    return [event<WorkloadCancelled>('WorkloadCancelled', nowMs, number)];
  }
  if (attempt.deadlineExceeded) {
    return [event<WorkloadTimedOut>('WorkloadTimedOut', nowMs, number)];
  }
  const failure = failureOf(attempt);
  return failure === null
    ? [event<WorkloadSucceeded>('WorkloadSucceeded', nowMs, number)]
    : afterFailure(state, attempt, failure, nowMs);
}

interface Failure {
  readonly cause: FailureCause;
  readonly counts: boolean;
  readonly detail: string;
}

/** Null means that it exited by itself with 0. */
function failureOf(attempt: AttemptState): Failure | null {
  const { exit, startFailure, loss, eviction } = attempt;
  if (exit?.exitType === 'GracefulExit' && exit.exitCode === 0) return null;
  if (eviction !== null) return { cause: 'evicted', counts: false, detail: eviction };
  if (loss !== null) return { cause: 'lost', counts: false, detail: loss };
  if (startFailure !== null) {
    const detail = `${startFailure.code}: ${startFailure.detail}`;
    return { cause: 'start-failed', counts: true, detail };
  }
  if (exit === null) return { cause: 'lost', counts: false, detail: 'released before it started' };
  if (exit.exitType === 'LeaseExpired') {
    return { cause: 'lost', counts: false, detail: 'the host ended it when its lease ran out' };
  }
  return exit.exitType === 'GracefulExit'
    ? { cause: 'exit-code', counts: true, detail: `exit code ${exit.exitCode}` }
    : { cause: 'crash', counts: true, detail: `${exit.exitType} with code ${exit.exitCode}` };
}

function afterFailure(
  state: WorkloadState,
  attempt: AttemptState,
  failure: Failure,
  nowMs: TimeMs,
): readonly WorkloadEvent[] {
  const { cause, counts, detail } = failure;
  const failed = event<AttemptFailed>('AttemptFailed', nowMs, {
    attempt: attempt.attempt,
    computeSystemId: attempt.computeSystemId,
    cause,
    countsAgainstMaxAttempts: counts,
    detail,
  });
  const { maxAttempts = 1, backoffSeconds = 0 } = state.request?.restartPolicy ?? {};
  const counted = state.countedFailures + (counts ? 1 : 0);
  const uncounted = state.uncountedFailures + (counts ? 0 : 1);
  if (counted >= maxAttempts || uncounted >= UNCOUNTED_ATTEMPTS_MAX) {
    const exitCode = attempt.exit?.exitCode ?? null;
    return [
      failed,
      event<WorkloadFailed>('WorkloadFailed', nowMs, { attempt: attempt.attempt, cause, exitCode }),
    ];
  }
  const waitMs = counts ? backoffMs(backoffSeconds, counted) : 0;
  return [
    failed,
    event<WorkloadRetryScheduled>('WorkloadRetryScheduled', nowMs, {
      attempt: attempt.attempt + 1,
      notBeforeMs: nowMs + waitMs,
    }),
  ];
}

function backoffMs(backoffSeconds: number, failures: number): number {
  return Math.min(backoffSeconds * 1_000 * 2 ** (failures - 1), BACKOFF_MAX_MS);
}
