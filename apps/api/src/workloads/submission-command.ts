import {
  type BeyondQuota,
  beyondQuota,
  noUse,
  reservation,
  type SubmitWorkload,
  type TimeMs,
  usedWith,
  type WorkloadId,
  type WorkloadRequest,
} from '@bulkhead/domain';
import type { RequestProblem } from '../problems/problem.js';
import { tenantSuspended } from '../problems/problems.js';
import { neverWithinQuota } from '../problems/quota-problems.js';
import type { SubmissionFacts, SubmissionFactsReader } from './submission-facts.js';

/** The command that a submission is, decided from these facts. */
export function submissionCommand(
  workloadId: WorkloadId,
  request: WorkloadRequest,
  { tenant, image, policy, policyVersion, hosts }: SubmissionFacts,
  nowMs: TimeMs,
): SubmitWorkload {
  const { tenantId, trust, trustBoundary } = tenant;
  if (tenantId === null) throw new Error('the tenant is not registered');
  const asked = { workloadId, tenantId, batch: null, request, image, nowMs };
  return { kind: 'submit-workload', ...asked, trust, trustBoundary, policy, policyVersion, hosts };
}

/**
 * The facts, read afresh where a quota that was remembered forbids the request: no append would tell that
 * it has been raised since.
 * @throws RequestProblem where the request could never fit into the tenant's quota
 */
export async function withinQuota(
  reader: SubmissionFactsReader,
  facts: SubmissionFacts,
  request: WorkloadRequest,
): Promise<SubmissionFacts> {
  if (neverFits(facts, request) === null) return facts;
  const { tenantId } = facts.tenant;
  if (tenantId === null) throw new Error('the tenant is not registered');
  const fresh = await reader.read(tenantId, request.image, true);
  const beyond = neverFits(fresh, request);
  if (beyond !== null) throw neverWithinQuota(beyond);
  return fresh;
}

/** What the submission is turned away over before any rule is asked; null where the rules have the say. */
export function turnedAwayBecause(
  facts: Pick<SubmissionFacts, 'tenant' | 'policy'>,
  request: WorkloadRequest,
): RequestProblem | null {
  if (facts.tenant.suspension !== null) return tenantSuspended();
  const beyond = neverFits(facts, request);
  return beyond === null ? null : neverWithinQuota(beyond);
}

/**
 * What of the tenant's quota the request is beyond, however long it waited; null where it fits. Judged with the
 * wall that tenant and request alone demand; a stronger one may be needed later, and waits.
 */
export function neverFits(
  { tenant, policy }: Pick<SubmissionFacts, 'tenant' | 'policy'>,
  request: WorkloadRequest,
): BeyondQuota | null {
  const own = tenant.trust === 'hostile' || request.isolation === 'hyperv';
  const isolation = own ? 'hyperv' : 'process';
  const needed = reservation(request.resources, isolation, policy);
  return beyondQuota(usedWith(noUse, needed, isolation, 1), tenant.quota);
}
