import { accept, BrokenInvariant, type Decided, type Decider, reject } from '../decider.js';
import { event } from '../event.js';
import { breachOf } from '../isolation/permission.js';
import type {
  AuthorizeStart,
  CancelWorkload,
  EvictWorkload,
  ExceedDeadline,
  WorkloadCommand,
} from './commands.js';
import { decidePlacement } from './decide-placement.js';
import { decideReport } from './decide-report.js';
import { submit } from './decide-submission.js';
import type {
  StartAuthorized,
  WorkloadCancelled,
  WorkloadCancelRequested,
  WorkloadDeadlineExceeded,
  WorkloadEvent,
  WorkloadEvicted,
} from './events.js';
import { evolveWorkload } from './evolve.js';
import {
  type AttemptState,
  absentWorkload,
  holdingAttempt,
  isOver,
  isStopping,
  isTerminal,
  type WorkloadState,
} from './state.js';

/** One workload, from its submission to its one terminal event. */
export const workloadDecider: Decider<WorkloadCommand, WorkloadState, WorkloadEvent> = {
  initialState: absentWorkload,
  evolve: evolveWorkload,
  decide: (command, state) => {
    if (command.kind === 'submit-workload') return submit(command, state);
    if (state.status === 'absent') {
      return reject('WORKLOAD_NOT_FOUND', 'There is no such workload.');
    }
    if (command.kind === 'cancel') return cancel(command, state);
    // Whatever else comes after the end is a repetition of something that was carried out before.
    if (isTerminal(state.status)) return accept();
    switch (command.kind) {
      case 'place-attempt':
      case 'defer-placement':
      case 'reject-unplaceable':
        return decidePlacement(command, state);
      case 'authorize-start':
        return authorize(command, state);
      case 'evict':
        return evict(command, state);
      case 'exceed-deadline':
        return exceedDeadline(command, state);
      default:
        return decideReport(command, state);
    }
  },
};

/**
 * The last check before a driver may start it. A redelivered job authorizes again while the attempt has
 * not started; an attempt that is being stopped, or whose wall its tenant has outgrown, is never started.
 */
function authorize(command: AuthorizeStart, state: WorkloadState): Decided<WorkloadEvent> {
  const attempt = heldBy(command.computeSystemId, state);
  if (attempt === null) return reject('ATTEMPT_OVER', 'The attempt is over.');
  if (attempt.stage !== 'placed' && attempt.stage !== 'authorized') return accept();
  if (isStopping(state)) return reject('ATTEMPT_STOPPING', 'The attempt is being stopped.');
  const { trust, trustBoundary, nowMs } = command;
  if (command.suspended) return reject('TENANT_SUSPENDED', 'The tenant is suspended.');
  const breach = breachOf(attempt, { trust, trustBoundary });
  if (breach !== null) {
    return reject('WALL_TOO_WEAK', `The attempt may not start: ${breach} since it was placed.`);
  }
  return accept(
    event<StartAuthorized>('StartAuthorized', nowMs, {
      attempt: attempt.attempt,
      computeSystemId: attempt.computeSystemId,
      trust,
      trustBoundary,
      isolation: attempt.isolation,
    }),
  );
}

/** What is over already shares a kernel no more: its end stays what it was, and counts as that. */
function evict(command: EvictWorkload, state: WorkloadState): Decided<WorkloadEvent> {
  const attempt = heldBy(command.computeSystemId, state);
  if (attempt === null || attempt.eviction !== null || isOver(attempt)) return accept();
  const { cause, causedByPosition, nowMs } = command;
  const { attempt: number, computeSystemId } = attempt;
  return accept(
    event<WorkloadEvicted>('WorkloadEvicted', nowMs, {
      attempt: number,
      computeSystemId,
      cause,
      causedByPosition,
    }),
  );
}

function exceedDeadline(command: ExceedDeadline, state: WorkloadState): Decided<WorkloadEvent> {
  const attempt = heldBy(command.computeSystemId, state);
  if (attempt === null || attempt.stage !== 'started' || attempt.deadlineExceeded) return accept();
  const timeoutSeconds = state.request?.timeoutSeconds ?? null;
  if (timeoutSeconds === null)
    throw new BrokenInvariant('a workload without limit has no deadline');
  const { attempt: number, computeSystemId } = attempt;
  return accept(
    event<WorkloadDeadlineExceeded>('WorkloadDeadlineExceeded', command.nowMs, {
      attempt: number,
      computeSystemId,
      timeoutSeconds,
    }),
  );
}

/** What holds no place is cancelled at once; what does is stopped first, and cancelled when it is gone. */
function cancel(command: CancelWorkload, state: WorkloadState): Decided<WorkloadEvent> {
  if (state.status === 'cancelled') return accept();
  if (isTerminal(state.status)) {
    return reject('WORKLOAD_ENDED', `The workload has already ended: ${state.status}.`);
  }
  if (state.cancelRequested) return accept();
  const requested = event<WorkloadCancelRequested>('WorkloadCancelRequested', command.nowMs, {
    reason: command.reason,
  });
  if (holdingAttempt(state) !== null) return accept<WorkloadEvent>(requested);
  return accept<WorkloadEvent>(
    requested,
    event<WorkloadCancelled>('WorkloadCancelled', command.nowMs, {
      attempt: state.current?.attempt ?? null,
    }),
  );
}

function heldBy(
  computeSystemId: AttemptState['computeSystemId'],
  state: WorkloadState,
): AttemptState | null {
  const attempt = holdingAttempt(state);
  return attempt?.computeSystemId === computeSystemId ? attempt : null;
}
