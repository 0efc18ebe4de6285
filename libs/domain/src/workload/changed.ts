import type { AttemptState, WorkloadState } from './state.js';

/*
 * States are copied for every event of every fold, so their fields are written out: engines give objects
 * with the same fields in the same order one layout, and reading them stays fast. A copy by spreading gets a
 * layout of each place that makes it, and beyond sixteen fields none at all (ADR 0052).
 */

/** The state with these fields changed. The one that was given stays as it is. */
export function changed(state: WorkloadState, change: Partial<WorkloadState>): WorkloadState {
  const copy: WorkloadState = {
    workloadId: state.workloadId,
    tenantId: state.tenantId,
    batch: state.batch,
    status: state.status,
    request: state.request,
    image: state.image,
    submittedAtMs: state.submittedAtMs,
    endedAtMs: state.endedAtMs,
    decision: state.decision,
    refusal: state.refusal,
    nextAttempt: state.nextAttempt,
    notBeforeMs: state.notBeforeMs,
    deferrals: state.deferrals,
    cancelRequested: state.cancelRequested,
    current: state.current,
    past: state.past,
    countedFailures: state.countedFailures,
    uncountedFailures: state.uncountedFailures,
  };
  return Object.assign(copy, change);
}

/** The attempt with these fields changed. The one that was given stays as it is. */
export function changedAttempt(attempt: AttemptState, change: Partial<AttemptState>): AttemptState {
  const { clonedFrom } = attempt;
  const copy = withoutClone(attempt, change);
  return clonedFrom === undefined || change.clonedFrom !== undefined
    ? copy
    : Object.assign(copy, { clonedFrom });
}

/** The same of an attempt that turned out not to be a clone. */
export function withoutClone(attempt: AttemptState, change: Partial<AttemptState>): AttemptState {
  const copy: AttemptState = {
    attempt: attempt.attempt,
    hostId: attempt.hostId,
    kernelInstanceId: attempt.kernelInstanceId,
    computeSystemId: attempt.computeSystemId,
    isolation: attempt.isolation,
    trustBoundary: attempt.trustBoundary,
    reserved: attempt.reserved,
    stage: attempt.stage,
    placedAtMs: attempt.placedAtMs,
    startedAtMs: attempt.startedAtMs,
    timings: attempt.timings,
    exit: attempt.exit,
    startFailure: attempt.startFailure,
    loss: attempt.loss,
    eviction: attempt.eviction,
    deadlineExceeded: attempt.deadlineExceeded,
    failure: attempt.failure,
  };
  return Object.assign(copy, change);
}
