import type { TenantId } from '../ids.js';
import { allowedIsolations, type HostShape, unrunnableBecause } from '../placement/unrunnable.js';
import type { Policy } from '../policy/events.js';
import type { TrustBoundary, TrustLevel } from '../tenant/events.js';
import type { WorkloadRequest } from '../workload/request.js';
import { compatibilityTable } from './compatibility.js';
import { decideIsolation, type IsolationAnswer } from './decide-isolation.js';
import type { DecisionInputs, ImageFacts, Isolation } from './decision.js';

export interface FloorQuestion {
  readonly tenantId: TenantId;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  readonly request: Pick<
    WorkloadRequest,
    'isolation' | 'strict' | 'resources' | 'user' | 'capabilities' | 'hostAccess' | 'hostSelector'
  >;
  readonly image: ImageFacts;
  /** What earlier decisions of this workload have reached; null at submission. */
  readonly floor: Isolation | null;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly hosts: readonly HostShape[];
}

/**
 * What tenant, request, image and policy demand wherever it will run, and whether any host could ever
 * give it; the fleet is asked only where nothing else refuses. Decided at submission, and again before each
 * placement, with everything as it is then.
 */
export function decideFloor(question: FloorQuestion): IsolationAnswer {
  const { request, image, policy, policyVersion, hosts } = question;
  const inputs = inputsOf(question);
  const ask = (unrunnable: string | null) =>
    decideIsolation({ inputs, policy, policyVersion, unrunnableBecause: unrunnable });
  const answer = ask(null);
  if (answer.refused) return answer;
  const strictProcess = request.strict && request.isolation === 'process';
  const allowed = allowedIsolations(answer.decision.isolation, strictProcess);
  const compatibility = compatibilityTable(policy.compatibilityVersion);
  const { resources, hostSelector } = request;
  const demand = { image, resources, allowed, hostSelector };
  const unrunnable = unrunnableBecause(hosts, demand, policy, compatibility);
  return unrunnable === null ? answer : ask(unrunnable);
}

/** The floor holds wherever it will run, so what depends on a host is not looked at yet. */
function inputsOf(question: FloorQuestion): DecisionInputs {
  const { tenantId, trust, trustBoundary, image, floor } = question;
  const { isolation: requested, strict, user, capabilities, hostAccess } = question.request;
  return {
    tenantId,
    trust,
    trustBoundary,
    requested,
    strict,
    user,
    capabilities,
    hostAccess,
    image,
    floor,
    hostVersion: null,
    openAdvisories: [],
    otherAdvisories: [],
    kernelPatienceOver: false,
  };
}
