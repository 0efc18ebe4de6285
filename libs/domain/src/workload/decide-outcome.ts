import { event, type TimeMs } from '../event.js';
import type { ReportReleased } from './commands.js';
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
import { usualRetryCauses } from './request.js';
import type { AttemptState, WorkloadState } from './state.js';

/** Attempts that do not count (evicted, lost) are still bounded, so that nothing retries for ever. */
export const UNCOUNTED_ATTEMPTS_MAX = 50;
/** Doubling stops here: one hour. */
export const BACKOFF_MAX_MS = 3_600_000;

/** What the layers of an image are to blame for; anything else that fails a start is the host's. */
const IMAGE_CODES: ReadonlySet<string> = new Set(['HCS_E_INVALID_LAYER']);

/** The code of a start that was given up because what the tenant would have run is gone. */
export const CONTENT_ERASED = 'CONTENT_ERASED';

/** When the release was reported, and the chance that was drawn for it. */
type Drawn = Pick<ReportReleased, 'nowMs' | 'chance'>;

/**
 * What follows the release of an attempt. What was asked first wins: a cancel ends the workload however it
 * exited; an eviction or a loss only ends the attempt.
 */
export function outcomeOf(
  state: WorkloadState,
  attempt: AttemptState,
  drawn: Drawn,
): readonly WorkloadEvent[] {
  const { nowMs } = drawn;
  const number = { attempt: attempt.attempt };
  if (state.cancelRequested) {
    return [event<WorkloadCancelled>('WorkloadCancelled', nowMs, number)];
  }
  const failure = failureOf(state, attempt);
  return failure === null
    ? [event<WorkloadSucceeded>('WorkloadSucceeded', nowMs, number)]
    : afterFailure(state, attempt, failure, drawn);
}

interface Failure {
  readonly cause: FailureCause;
  readonly counts: boolean;
  readonly detail: string;
}

/** Null means that it exited by itself with 0, and in time. */
function failureOf({ request }: WorkloadState, attempt: AttemptState): Failure | null {
  const { exit, startFailure, loss, eviction } = attempt;
  if (attempt.deadlineExceeded) {
    const detail = `it ran longer than ${request?.timeoutSeconds} s`;
    return { cause: 'timed-out', counts: true, detail };
  }
  if (exit?.exitType === 'GracefulExit' && exit.exitCode === 0) return null;
  if (eviction !== null) return { cause: 'evicted', counts: false, detail: eviction };
  if (loss !== null) return { cause: 'lost', counts: false, detail: loss };
  if (startFailure !== null) {
    const detail = `${startFailure.code}: ${startFailure.detail}`;
    return { cause: causeOfStart(startFailure.code), counts: true, detail };
  }
  if (exit === null) return { cause: 'lost', counts: false, detail: 'released before it started' };
  if (exit.exitType === 'LeaseExpired') {
    return { cause: 'lost', counts: false, detail: 'the host ended it when its lease ran out' };
  }
  return exit.exitType === 'GracefulExit'
    ? { cause: 'exit-code', counts: true, detail: `exit code ${exit.exitCode}` }
    : { cause: 'crash', counts: true, detail: `${exit.exitType} with code ${exit.exitCode}` };
}

function causeOfStart(code: string): FailureCause {
  if (code === CONTENT_ERASED) return 'content-erased';
  return IMAGE_CODES.has(code) ? 'image-pull' : 'start-failed';
}

/** Whether the tenant wants it to be tried again after this. What is erased does not come back. */
function isRetried(state: WorkloadState, attempt: AttemptState, { cause }: Failure): boolean {
  if (cause === 'evicted') return true;
  if (cause === 'content-erased') return false;
  const { retryOn = usualRetryCauses, finalExitCodes = [] } = state.request?.restartPolicy ?? {};
  if (!retryOn.includes(cause)) return false;
  const exitCode = attempt.exit?.exitCode ?? 0;
  return cause !== 'exit-code' || !finalExitCodes.some((code) => isSameExitCode(code, exitCode));
}

/** Hosts tell the 32 bits of a code with a sign or without. */
function isSameExitCode(a: number, b: number): boolean {
  return a >>> 0 === b >>> 0;
}

function afterFailure(
  state: WorkloadState,
  attempt: AttemptState,
  failure: Failure,
  { nowMs, chance }: Drawn,
): readonly WorkloadEvent[] {
  const { counts } = failure;
  const { maxAttempts = 1, backoffSeconds = 0 } = state.request?.restartPolicy ?? {};
  const counted = state.countedFailures + (counts ? 1 : 0);
  const uncounted = state.uncountedFailures + (counts ? 0 : 1);
  const isLast = counted >= maxAttempts || uncounted >= UNCOUNTED_ATTEMPTS_MAX;
  if (isLast || !isRetried(state, attempt, failure)) return ended(attempt, failure, nowMs);
  const waitMs = counts ? backoffMs(backoffSeconds, counted, chance) : 0;
  return [
    failedAttempt(attempt, failure, nowMs),
    event<WorkloadRetryScheduled>('WorkloadRetryScheduled', nowMs, {
      attempt: attempt.attempt + 1,
      notBeforeMs: nowMs + waitMs,
    }),
  ];
}

/** A run that was too long, and is the last, is told by the end of the workload alone. */
function ended(attempt: AttemptState, failure: Failure, nowMs: TimeMs): readonly WorkloadEvent[] {
  const { attempt: number } = attempt;
  const { cause } = failure;
  if (cause === 'timed-out') {
    return [event<WorkloadTimedOut>('WorkloadTimedOut', nowMs, { attempt: number })];
  }
  const exitCode = attempt.exit?.exitCode ?? null;
  return [
    failedAttempt(attempt, failure, nowMs),
    event<WorkloadFailed>('WorkloadFailed', nowMs, { attempt: number, cause, exitCode }),
  ];
}

function failedAttempt(
  { attempt, computeSystemId }: AttemptState,
  { cause, counts, detail }: Failure,
  nowMs: TimeMs,
): AttemptFailed {
  const failed = { attempt, computeSystemId, cause, countsAgainstMaxAttempts: counts, detail };
  return event<AttemptFailed>('AttemptFailed', nowMs, failed);
}

/** Exponential up to a bound; chance spreads it, so that what failed together does not come back together. */
function backoffMs(backoffSeconds: number, failures: number, chance: number): number {
  const wholeMs = Math.min(backoffSeconds * 1_000 * 2 ** (failures - 1), BACKOFF_MAX_MS);
  return Math.round(wholeMs * (1 - chance / 2));
}
