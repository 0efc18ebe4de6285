import { BrokenInvariant } from '../decider.js';
import type { TimeMs } from '../event.js';
import { decideFloor } from '../isolation/decide-floor.js';
import type { IsolationRefusal } from '../isolation/decide-isolation.js';
import { decideIsolation } from '../isolation/decide-isolation.js';
import type { Isolation, IsolationDecision } from '../isolation/decision.js';
import type { Policy } from '../policy/events.js';
import type { DeferralCause } from '../workload/events.js';
import type { Resources } from '../workload/request.js';
import type { WorkloadState } from '../workload/state.js';
import { type Candidates, candidatesFor, type Wanted } from './candidates.js';
import { type Fleet, tenantOf } from './fleet/fleet.js';
import type { FleetHost } from './fleet/fleet-host.js';
import { imageNow } from './fleet/image-now.js';
import { advisoryInputs, brokenKernels, nextWindowEnd } from './fleet/open-advisories.js';
import { beyondQuotaBecause } from './fleet/tenant-use.js';
import { templateHostsFor } from './templates/clones.js';
import { type HostShape, reservation } from './unrunnable.js';

export type Proposal =
  | {
      readonly kind: 'place';
      readonly host: FleetHost;
      readonly decision: IsolationDecision;
      readonly reserved: Resources;
      /** True where this silo is the first on a free kernel: it claims the kernel for its boundary. */
      readonly claimsKernel: boolean;
    }
  | {
      readonly kind: 'defer';
      readonly cause: DeferralCause;
      readonly detail: string;
      /** When the answer may change by itself, without an event: policy's patience runs out. */
      readonly againAtMs: TimeMs | null;
    }
  /** A claim is on its way into the log; what it means for this workload is known when it is there. */
  | { readonly kind: 'settle' }
  | ({ readonly kind: 'reject' } & IsolationRefusal);

/** The shapes of all hosts that are not retired, those that operators registered: each shape once. */
export function hostShapes(fleet: Fleet): readonly HostShape[] {
  return fleet.index.shapes();
}

/**
 * Where one waiting workload should go, given the fleet as it is. The floor is decided again first, with
 * the tenant as it is now, and only raised. A silo goes to a kernel of its boundary, else to a free one;
 * where neither exists and patience is over, or no host's kernel can run the image, or none that no open
 * advisory breaks, it gets a utility VM.
 */
export function propose(fleet: Fleet, workload: WorkloadState, nowMs: TimeMs): Proposal {
  const { policy, version: policyVersion } = fleet.policy.state;
  const { tenantId, request, image, decision } = workload;
  if (policy === null || tenantId === null || request === null || image === null) {
    throw new BrokenInvariant('nothing can be placed without a policy and a submission');
  }
  const tenant = tenantOf(fleet, tenantId).state;
  const floor = decideFloor({
    tenantId,
    trust: tenant.trust,
    trustBoundary: tenant.trustBoundary,
    request,
    image: imageNow(fleet, image),
    floor: decision?.isolation ?? null,
    policy,
    policyVersion,
    hosts: hostShapes(fleet),
  });
  if (floor.refused) {
    const { code, reasons, grounds } = floor;
    return { kind: 'reject', code, reasons, grounds };
  }
  if (tenant.suspension !== null) {
    const detail = 'the tenant is suspended';
    return { kind: 'defer', cause: 'tenant-suspended', detail, againAtMs: null };
  }
  const from = { workload, decision: floor.decision, policy, policyVersion, nowMs };
  return floor.decision.isolation === 'hyperv'
    ? proposeUtilityVm(fleet, from, false)
    : proposeSilo(fleet, from);
}

interface From {
  readonly workload: WorkloadState;
  readonly decision: IsolationDecision;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly nowMs: TimeMs;
}

function proposeSilo(fleet: Fleet, from: From): Proposal {
  const { workload, decision, policy, nowMs } = from;
  const beyond = deferForQuota(fleet, from, 'process');
  if (beyond !== null) return beyond;
  const silos = findCandidates(fleet, from, 'process');
  const { best } = silos;
  const claims = best !== null && best.kernel?.trustBoundary === null;
  // One free kernel at a time: what a boundary is about to get may have room for this one too.
  if (
    (best === null || claims) &&
    fleet.index.claimIsPending(claims ? decision.trustBoundary : null)
  ) {
    return { kind: 'settle' };
  }
  if (best !== null) return placeOn(fleet, best, from, 'process', false);
  const strict = decision.inputs.strict && decision.inputs.requested === 'process';
  const windowEndsMs = nextWindowEnd(fleet, nowMs);
  if (strict || silos.suitable) return deferFor(silos, windowEndsMs);
  // No host's kernel can run this image in a silo, or none that no advisory breaks: a utility VM is not
  // second choice, it is the only one.
  if (!silos.supported) return proposeUtilityVm(fleet, from, false);
  // Where policy has switched the rule off, a workload waits for a kernel as long as it takes.
  if (policy.rulesOff.includes('kernel-unavailable')) return deferFor(silos, windowEndsMs);
  const patienceEndsMs =
    Math.max(workload.submittedAtMs, workload.notBeforeMs) + policy.kernelPatienceMs;
  return nowMs >= patienceEndsMs
    ? proposeUtilityVm(fleet, from, true)
    : deferFor(silos, Math.min(patienceEndsMs, windowEndsMs ?? patienceEndsMs));
}

function proposeUtilityVm(fleet: Fleet, from: From, patienceOver: boolean): Proposal {
  const beyond = deferForQuota(fleet, from, 'hyperv');
  if (beyond !== null) return beyond;
  const hosts = findCandidates(fleet, from, 'hyperv');
  return hosts.best === null
    ? deferFor(hosts, nextWindowEnd(fleet, from.nowMs))
    : placeOn(fleet, hosts.best, from, 'hyperv', patienceOver);
}

/** There is one placer, and what it proposed counts: no two placements can share the rest of a quota. */
function deferForQuota(fleet: Fleet, from: From, isolation: Isolation): Proposal | null {
  const { tenantId, request } = from.workload;
  if (tenantId === null || request === null) throw new BrokenInvariant('nothing was submitted');
  const reserved = reservation(request.resources, isolation, from.policy);
  const detail = beyondQuotaBecause(fleet, tenantId, reserved, isolation);
  return detail === null ? null : { kind: 'defer', cause: 'quota', detail, againAtMs: null };
}

function findCandidates(fleet: Fleet, from: From, isolation: Isolation) {
  return candidatesFor(fleet.index, wantedOf(fleet, from, isolation));
}

/** What a workload that was decided so wants of a host at that time, behind that wall. */
export function wantedOf(
  fleet: Fleet,
  { workload, decision, policy, nowMs }: Omit<From, 'policyVersion'>,
  isolation: Isolation,
): Wanted {
  const { batch, image, request } = workload;
  if (image === null || request === null) throw new BrokenInvariant('nothing was submitted');
  const batchTasks = batch === null ? null : (fleet.batchTasks.get(batch.batchId) ?? null);
  return {
    image,
    isolation,
    needed: reservation(request.resources, isolation, policy),
    compatibilityVersion: policy.compatibilityVersion,
    boundary: decision.trustBoundary,
    batchTasks,
    templateHosts: isolation === 'hyperv' ? templateHostsFor(fleet, decision, policy) : [],
    hostSelector: request.hostSelector,
    apartFrom: request.spread === 'required' ? batchTasks : null,
    brokenKernels: isolation === 'hyperv' ? null : brokenKernels(fleet, policy, nowMs),
  };
}

function deferFor(candidates: Candidates, againAtMs: TimeMs | null): Proposal {
  const { cause, detail } = candidates.obstacle;
  return { kind: 'defer', cause, detail, againAtMs };
}

/** The decision is made once more for the very host, so that its reasons name what holds there. */
function placeOn(
  fleet: Fleet,
  host: FleetHost,
  from: From,
  isolation: Isolation,
  kernelPatienceOver: boolean,
): Proposal {
  const { decision: floor, policy, policyVersion, workload, nowMs } = from;
  const hostVersion = host.state.boot?.osVersion ?? null;
  const advisories = advisoryInputs(fleet, hostVersion, nowMs);
  const answer = decideIsolation({
    inputs: { ...floor.inputs, hostVersion, ...advisories, kernelPatienceOver },
    policy,
    policyVersion,
    unrunnableBecause: null,
  });
  if (answer.refused || answer.decision.isolation !== isolation || workload.request === null) {
    throw new BrokenInvariant(
      `host ${host.hostId} was chosen for ${isolation}, but is not fit for it`,
    );
  }
  return {
    kind: 'place',
    host,
    decision: answer.decision,
    reserved: reservation(workload.request.resources, isolation, policy),
    claimsKernel: isolation === 'process' && host.kernel?.trustBoundary === null,
  };
}
