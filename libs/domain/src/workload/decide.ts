import { accept, BrokenInvariant, type Decided, type Decider, reject } from '../decider.js';
import { event } from '../event.js';
import { breachOf } from '../isolation/breach.js';
import { answerInPhase, phaseOf, refusalText } from './command-table.js';
import type {
  AuthorizeStart,
  CancelWorkload,
  DeferPlacement,
  EvictWorkload,
  ExceedDeadline,
  PlaceAttempt,
  RejectUnplaceable,
  SubmitWorkload,
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
  isStopping,
  type WorkloadState,
} from './state.js';

/** One workload, from its submission to its one terminal event. */
export const workloadDecider: Decider<WorkloadCommand, WorkloadState, WorkloadEvent> = {
  initialState: absentWorkload,
  evolve: evolveWorkload,
  decide: (command, state) => {
    const answer = answerInPhase(command, phaseOf(state, command));
    if (answer === 'nothing') return accept();
    if (answer !== 'decide') return reject(answer, refusalText(answer, state));
    switch (command.kind) {
      case 'submit-workload':
        return submit(command);
      case 'cancel':
        return cancel(command, state);
      case 'place-attempt':
      case 'defer-placement':
      case 'reject-unplaceable':
        return decidePlacement(command, state);
      default:
        return decideOfAttempt(command, state);
    }
  },
};

type OfAttempt = Exclude<
  WorkloadCommand,
  SubmitWorkload | CancelWorkload | PlaceAttempt | DeferPlacement | RejectUnplaceable
>;

/** What is said of the attempt that holds the place: of any other the table lets nothing through. */
function decideOfAttempt(command: OfAttempt, state: WorkloadState): Decided<WorkloadEvent> {
  const attempt = holdingAttempt(state);
  if (attempt === null) throw new BrokenInvariant(`${command.kind} of an attempt that is over`);
  switch (command.kind) {
    case 'authorize-start':
      return authorize(command, state, attempt);
    case 'evict':
      return evict(command, attempt);
    case 'exceed-deadline':
      return exceedDeadline(command, state, attempt);
    default:
      return decideReport(command, state, attempt);
  }
}

/**
 * The last check before a driver may start it. A redelivered job authorizes again while the attempt has
 * not started; an attempt that is being stopped, or whose wall its tenant has outgrown, is never started.
 */
function authorize(
  command: AuthorizeStart,
  state: WorkloadState,
  attempt: AttemptState,
): Decided<WorkloadEvent> {
  if (isStopping(state)) return reject('ATTEMPT_STOPPING', 'The attempt is being stopped.');
  const { trust, trustBoundary, nowMs } = command;
  if (command.suspended) return reject('TENANT_SUSPENDED', 'The tenant is suspended.');
  const breach = breachOf(attempt, { trust, trustBoundary });
  if (breach !== null) {
    return reject('WALL_TOO_WEAK', `The attempt may not start: ${breach} since it was placed.`);
  }
  if (attempt.isolation === 'process' && command.kernelBrokenBy.length > 0) {
    return reject(
      'WALL_TOO_WEAK',
      'The attempt may not start: an open advisory breaks its kernel.',
    );
  }
  return accept(
    event<StartAuthorized>('StartAuthorized', nowMs, {
      attempt: attempt.attempt,
      computeSystemId: attempt.computeSystemId,
      trust,
      trustBoundary,
      isolation: attempt.isolation,
      ...(command.clone === null ? {} : { clone: command.clone }),
    }),
  );
}

/** Evicted once: what was the first cause stays the cause. */
function evict(command: EvictWorkload, attempt: AttemptState): Decided<WorkloadEvent> {
  if (attempt.eviction !== null) return accept();
  const { cause, causedByPosition, nowMs } = command;
  const { attempt: number, computeSystemId } = attempt;
  return accept(
    event<WorkloadEvicted>(
      'WorkloadEvicted',
      nowMs,
      {
        attempt: number,
        computeSystemId,
        cause,
        causedByPosition,
      },
      2,
    ),
  );
}

function exceedDeadline(
  command: ExceedDeadline,
  state: WorkloadState,
  attempt: AttemptState,
): Decided<WorkloadEvent> {
  if (attempt.deadlineExceeded) return accept();
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
