import { BrokenInvariant, unknownEvent } from '../decider.js';
import { nextStage } from './attempt-stages.js';
import { changed, changedAttempt } from './changed.js';
import type { WorkloadEvent, WorkloadPlaced } from './events.js';
import { evolveStage, isStageEvent } from './evolve-stage.js';
import {
  type AttemptState,
  absentWorkload,
  isTerminal,
  PAST_ATTEMPTS_KEPT,
  type WorkloadState,
  type WorkloadStatus,
} from './state.js';

/** @throws BrokenInvariant where the event cannot follow: the log was edited, or a writer has a bug */
export function evolveWorkload(state: WorkloadState, event: WorkloadEvent): WorkloadState {
  if (isTerminal(state.status)) {
    throw new BrokenInvariant(`${event.type} follows the end of ${state.workloadId}`);
  }
  if (event.type === 'WorkloadSubmitted') {
    if (state.status !== 'absent') {
      throw new BrokenInvariant(`${state.workloadId} was submitted twice`);
    }
    const { workloadId, tenantId, batch, request, image } = event.payload;
    const submittedAtMs = event.occurredAtMs;
    const status = 'submitted';
    const told = { workloadId, tenantId, batch, status, request, image, submittedAtMs } as const;
    return changed(absentWorkload, told);
  }
  if (state.status === 'absent') {
    throw new BrokenInvariant(`${event.type} precedes WorkloadSubmitted`);
  }
  if (isStageEvent(event)) return withAttempt(state, event.type, evolveStage(state, event));
  return evolveOther(state, event);
}

type Other = Exclude<
  WorkloadEvent,
  { type: 'WorkloadSubmitted' } | Parameters<typeof evolveStage>[1]
>;

function evolveOther(state: WorkloadState, event: Other): WorkloadState {
  const { status } = state;
  switch (event.type) {
    case 'IsolationDecided':
      return changed(state, { decision: event.payload.decision });
    case 'PlacementDeferred':
      return changed(state, {
        status: status === 'submitted' || status === 'retrying' ? 'waiting' : status,
        deferrals: [...state.deferrals, event.payload.cause],
      });
    case 'WorkloadPlaced':
      return placed(state, event);
    case 'WorkloadEvicted':
      return changeAttempt(state, { eviction: event.payload.cause });
    case 'WorkloadDeadlineExceeded':
      return changeAttempt(state, { deadlineExceeded: true });
    case 'WorkloadCancelRequested':
      return changed(state, { cancelRequested: true });
    case 'AttemptFailed': {
      const { cause, countsAgainstMaxAttempts: counted } = event.payload;
      const failed = changeAttempt(state, { failure: { cause, counted } });
      return counted
        ? changed(failed, { countedFailures: state.countedFailures + 1 })
        : changed(failed, { uncountedFailures: state.uncountedFailures + 1 });
    }
    case 'WorkloadRetryScheduled': {
      const { attempt: nextAttempt, notBeforeMs } = event.payload;
      return changed(state, { status: 'retrying', nextAttempt, notBeforeMs, deferrals: [] });
    }
    case 'WorkloadRejected': {
      const { code, reasons } = event.payload;
      return ended(changed(state, { refusal: { code, reasons } }), 'rejected', event.occurredAtMs);
    }
    case 'WorkloadSucceeded':
      return ended(state, 'succeeded', event.occurredAtMs);
    case 'WorkloadFailed':
      return ended(state, 'failed', event.occurredAtMs);
    case 'WorkloadCancelled':
      return ended(state, 'cancelled', event.occurredAtMs);
    case 'WorkloadTimedOut':
      return ended(state, 'timed-out', event.occurredAtMs);
    default:
      return unknownEvent(event);
  }
}

function placed(state: WorkloadState, event: WorkloadPlaced): WorkloadState {
  const before = state.current;
  if (before !== null && before.stage !== 'released') {
    throw new BrokenInvariant(
      `${state.workloadId} was placed while ${before.computeSystemId} was not released`,
    );
  }
  const { payload } = event;
  return changed(state, {
    status: 'placed',
    past: before === null ? state.past : [...state.past, before].slice(-PAST_ATTEMPTS_KEPT),
    current: {
      attempt: payload.attempt,
      hostId: payload.hostId,
      kernelInstanceId: payload.kernelInstanceId,
      computeSystemId: payload.computeSystemId,
      isolation: payload.isolation,
      trustBoundary: payload.trustBoundary,
      reserved: payload.reserved,
      stage: 'placed',
      placedAtMs: event.occurredAtMs,
      startedAtMs: null,
      timings: [],
      exit: null,
      startFailure: null,
      loss: null,
      eviction: null,
      deadlineExceeded: false,
      failure: null,
    },
  });
}

/** Puts the changed attempt back, its stage moved on by the table. */
function withAttempt(
  state: WorkloadState,
  type: Parameters<typeof evolveStage>[1]['type'],
  attempt: AttemptState,
): WorkloadState {
  if (type === 'ImagePulled' || type === 'UtilityVmBooted') return withCurrent(state, attempt);
  if (type === 'ComputeSystemCreated' || type === 'NetworkAttached') {
    return withCurrent(state, attempt);
  }
  const stage = nextStage(attempt.stage, type);
  if (stage === null) {
    throw new BrokenInvariant(`${type} at stage ${attempt.stage} of ${attempt.computeSystemId}`);
  }
  const current = changedAttempt(attempt, { stage });
  return changed(state, { status: statusAt(stage, state.status), current });
}

function withCurrent(state: WorkloadState, current: AttemptState): WorkloadState {
  return changed(state, { current });
}

function statusAt(stage: AttemptState['stage'], status: WorkloadStatus): WorkloadStatus {
  if (stage === 'authorized') return 'starting';
  return stage === 'started' ? 'running' : status;
}

function changeAttempt(state: WorkloadState, change: Partial<AttemptState>): WorkloadState {
  if (state.current === null) throw new BrokenInvariant(`${state.workloadId} has no attempt`);
  return withCurrent(state, changedAttempt(state.current, change));
}

function ended(state: WorkloadState, status: WorkloadStatus, endedAtMs: number): WorkloadState {
  if (state.current !== null && state.current.stage !== 'released') {
    throw new BrokenInvariant(`${state.workloadId} ended before its compute system was gone`);
  }
  return changed(state, { status, endedAtMs });
}
