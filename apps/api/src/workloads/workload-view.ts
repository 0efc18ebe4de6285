import {
  type AttemptState,
  holdingAttempt,
  type IsolationDecision,
  type RestartPolicy,
  type TenantId,
  usualRetryCauses,
  type WorkloadState,
} from '@bulkhead/domain';
import type { z } from 'zod';
import type { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { timeText } from '../sources.js';
import { toldCauses } from './told-deferral.js';
import type { AttemptSchema, DecisionSchema, WorkloadSchema } from './workload.schema.js';

export type WorkloadView = z.infer<typeof WorkloadSchema>;
type AttemptView = z.infer<typeof AttemptSchema>;

export interface Seen {
  /** Whether the host that it holds a place on was lost. */
  readonly hostLost: boolean;
  /** Null where the reader may see the real ids. */
  readonly pseudonyms: Pseudonyms | null;
}

/** A workload as its tenant sees it, or an auditor. */
export function workloadView(state: WorkloadState, seen: Seen): WorkloadView {
  const { workloadId, tenantId, request, current, decision, refusal } = state;
  if (workloadId === null || tenantId === null || request === null) {
    throw new Error('there is no such workload');
  }
  const attempts = current === null ? state.past : [...state.past, current];
  const holding = holdingAttempt(state);
  return {
    id: workloadId,
    status: shownStatus(state, seen),
    image: request.image,
    requested: {
      isolation: request.isolation,
      strict: request.strict,
      user: request.user,
      capabilities: [...request.capabilities],
      hostAccess: [...request.hostAccess],
      hostSelector: { ...request.hostSelector },
      spread: request.spread,
    },
    resources: request.resources,
    restartPolicy: policyView(request.restartPolicy),
    timeoutSeconds: request.timeoutSeconds,
    priority: request.priority,
    batch: state.batch === null ? null : { id: state.batch.batchId, index: state.batch.index },
    decision: decision === null ? null : decisionView(decision),
    refusal: refusal === null ? null : { code: refusal.code, reasons: [...refusal.reasons] },
    waitingFor: waitingFor(state, seen),
    nextAttemptAt: state.status === 'retrying' ? timeText(state.notBeforeMs) : null,
    cancelRequested: state.cancelRequested,
    placement: holding === null ? null : placementView(holding, tenantId, seen),
    attempts: attempts.map((attempt) => attemptView(attempt, tenantId, seen)),
    submittedAt: timeText(state.submittedAtMs),
    endedAt: state.endedAtMs === null ? null : timeText(state.endedAtMs),
    exitCode: current?.exit?.exitCode ?? null,
  };
}

/** As it holds for the workload, what the request left out included. */
function policyView(policy: RestartPolicy): WorkloadView['restartPolicy'] {
  const { maxAttempts, backoffSeconds, retryOn = usualRetryCauses, finalExitCodes = [] } = policy;
  return {
    maxAttempts,
    backoffSeconds,
    retryOn: [...retryOn],
    finalExitCodes: [...finalExitCodes],
  };
}

/** The real causes are for those who may see the real ids. */
function waitingFor(state: WorkloadState, { pseudonyms }: Seen): string[] {
  if (state.status !== 'waiting') return [];
  return pseudonyms === null ? [...state.deferrals] : toldCauses(state);
}

/** A place on a lost host says nothing: it may still run, or be gone. */
export function shownStatus(
  state: WorkloadState,
  { hostLost }: Pick<Seen, 'hostLost'>,
): WorkloadView['status'] {
  if (hostLost && holdingAttempt(state) !== null) return 'unknown';
  if (state.status === 'absent') throw new Error('there is no such workload');
  return state.status;
}

function decisionView(decision: IsolationDecision): z.infer<typeof DecisionSchema> {
  const { isolation, trustBoundary, reasons, warnings, policyVersion, alternatives } = decision;
  return {
    isolation,
    boundary: trustBoundary,
    reasons: [...reasons],
    silenced: [...decision.silenced],
    warnings: [...warnings],
    policyVersion,
    alternatives: alternatives.map(({ isolation: other, turnedDownBy }) => ({
      isolation: other,
      turnedDownBy: [...turnedDownBy],
    })),
  };
}

function placementView(attempt: AttemptState, tenantId: TenantId, { pseudonyms }: Seen) {
  const { attempt: number, hostId, kernelInstanceId, computeSystemId, isolation } = attempt;
  return {
    attempt: number,
    hostId: pseudonyms?.of(tenantId, hostId) ?? hostId,
    kernelInstanceId: pseudonyms?.of(tenantId, kernelInstanceId) ?? kernelInstanceId,
    computeSystemId,
    isolation,
    placedAt: timeText(attempt.placedAtMs),
  };
}

function attemptView(attempt: AttemptState, tenantId: TenantId, seen: Seen): AttemptView {
  const { exit, startFailure, loss, eviction, failure } = attempt;
  return Object.assign(placementView(attempt, tenantId, seen), {
    stage: attempt.stage,
    startedAt: attempt.startedAtMs === null ? null : timeText(attempt.startedAtMs),
    exitedAt: exit === null ? null : timeText(exit.atMs),
    exitCode: exit?.exitCode ?? null,
    exitType: exit?.exitType ?? null,
    startFailure,
    loss,
    eviction,
    deadlineExceeded: attempt.deadlineExceeded,
    failure: failure === null ? null : { ...failure },
    timings: attempt.timings.map(({ stage, path, startedAtMs, finishedAtMs }) => ({
      stage,
      path,
      startedAt: timeText(startedAtMs),
      finishedAt: timeText(finishedAtMs),
      durationMs: finishedAtMs - startedAtMs,
    })),
  });
}
