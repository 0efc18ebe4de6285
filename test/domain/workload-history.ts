import {
  type ComputeSystemId,
  type Decided,
  decideIsolation,
  type HostId,
  type Isolation,
  type KernelInstanceId,
  type SubmitWorkload,
  type TenantId,
  type TrustBoundary,
  type TrustLevel,
  type WorkloadCommand,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadRequest,
  workloadDecider,
} from '@bulkhead/domain';
import { hostSpec, idOf, image, NOW_MS, policy, request, windows } from './builders.js';
import { given } from './specification.js';

export const workloadId = idOf('wl', 1) as WorkloadId;
const tenantId = idOf('ten', 1) as TenantId;
export const own: TrustBoundary = `own:${tenantId}`;
const nowMs = NOW_MS;

/** The compute system of the n-th attempt. */
export const cs = (attempt: number) => idOf('cs', attempt) as ComputeSystemId;

export function submit(
  asked: Partial<WorkloadRequest> = {},
  changes: Partial<SubmitWorkload> = {},
): SubmitWorkload {
  return {
    kind: 'submit-workload',
    workloadId,
    tenantId,
    batch: null,
    request: request(asked),
    image: image(),
    trust: 'standard',
    trustBoundary: own,
    policy,
    policyVersion: 1,
    hosts: [hostSpec(1)],
    nowMs,
    ...changes,
  };
}

export function place(attempt = 1, isolation: Isolation = 'process'): WorkloadCommand {
  const requested = isolation === 'hyperv' ? 'hyperv' : 'default';
  const answer = decideIsolation({
    inputs: {
      tenantId: idOf('ten', 1) as TenantId,
      trust: 'standard',
      trustBoundary: own,
      requested,
      strict: false,
      user: null,
      capabilities: [],
      hostAccess: [],
      image: image(),
      floor: null,
      hostVersion: windows(20348),
      openAdvisories: [],
      otherAdvisories: [],
      kernelPatienceOver: false,
    },
    policy,
    policyVersion: 1,
    unrunnableBecause: null,
  });
  if (answer.refused) throw new Error(answer.code);
  return {
    kind: 'place-attempt',
    attempt,
    hostId: idOf('host', 1) as HostId,
    kernelInstanceId: idOf('ki', 1) as KernelInstanceId,
    computeSystemId: cs(attempt),
    decision: answer.decision,
    reserved: request().resources,
    placerTerm: 1,
    nowMs,
  };
}

export function authorize(
  attempt = 1,
  trust: TrustLevel = 'standard',
  trustBoundary: TrustBoundary = own,
): WorkloadCommand {
  return {
    kind: 'authorize-start',
    computeSystemId: cs(attempt),
    trust,
    trustBoundary,
    suspended: false,
    clone: null,
    kernelBrokenBy: [],
    nowMs,
  };
}

export function started(attempt = 1): WorkloadCommand {
  const at = { path: null, startedAtMs: nowMs, finishedAtMs: nowMs + 800 };
  const timings = [
    { stage: 'create', ...at },
    { stage: 'start', ...at },
  ] as const;
  return { kind: 'report-started', computeSystemId: cs(attempt), timings };
}

export function exited(
  attempt = 1,
  exitCode = 0,
  exitType: 'GracefulExit' | 'ForcedExit' | 'UnexpectedExit' | 'LeaseExpired' = 'GracefulExit',
): WorkloadCommand {
  const exit = { exitCode, exitType, occurredAtMs: nowMs };
  return { kind: 'report-exited', computeSystemId: cs(attempt), timings: [], ...exit };
}

export const startFailed = (attempt = 1, code = 'HCS_E_OPERATION_TIMEOUT'): WorkloadCommand => ({
  kind: 'report-start-failed',
  computeSystemId: cs(attempt),
  code,
  detail: 'it hung',
  occurredAtMs: nowMs,
});

export const lost = (attempt = 1): WorkloadCommand => ({
  kind: 'report-lost',
  computeSystemId: cs(attempt),
  cause: 'host-fenced',
  nowMs,
});

export const released = (attempt = 1, chance = 0): WorkloadCommand => ({
  kind: 'report-released',
  computeSystemId: cs(attempt),
  chance,
  nowMs,
});

export const evict = (attempt = 1): WorkloadCommand => ({
  kind: 'evict',
  computeSystemId: cs(attempt),
  cause: 'trust-changed',
  causedByPosition: 7,
  nowMs,
});

export const exceedDeadline = (attempt = 1): WorkloadCommand => ({
  kind: 'exceed-deadline',
  computeSystemId: cs(attempt),
  nowMs,
});

export const cancel: WorkloadCommand = { kind: 'cancel', reason: 'changed my mind', nowMs };

/** A workload after these commands, each of which must have been accepted. */
export function workloadAfter(...commands: readonly WorkloadCommand[]) {
  let history: readonly WorkloadEvent[] = [];
  for (const command of commands) {
    const { decided } = given(workloadDecider, history).when(command);
    history = [...history, ...eventsOf(decided)];
  }
  return given(workloadDecider, history);
}

function eventsOf(decided: Decided<WorkloadEvent>): readonly WorkloadEvent[] {
  if (!decided.accepted) throw new Error(decided.rejection.detail);
  return decided.events;
}
