import type { RejectionProblem } from '../decider.js';
import type { PreemptionPolicy, WaitingOrder } from './events.js';
import { isWhole, problem, tenantIdProblems } from './problem.js';

/** A step of priority is worth at least a second and at most an hour of waiting. */
export const PRIORITY_STEP_MIN_MS = 1_000;
export const PRIORITY_STEP_MAX_MS = 3_600_000;
export const TENANT_WEIGHT_MAX = 1_000;
/** The highest priority that can be asked for. */
export const PREEMPTION_PRIORITY_MAX = 100;

export function waitingOrderProblems({
  priorityStepMs,
  tenantWeights,
}: WaitingOrder): RejectionProblem[] {
  const step = isWhole(priorityStepMs, PRIORITY_STEP_MIN_MS, PRIORITY_STEP_MAX_MS)
    ? []
    : [
        problem(
          'POLICY_PRIORITY_STEP',
          '/waitingOrder/priorityStepMs',
          `A step of priority is worth ${PRIORITY_STEP_MIN_MS} to ${PRIORITY_STEP_MAX_MS} ms of waiting.`,
        ),
      ];
  const weights = Object.entries(tenantWeights).flatMap(([tenantId, weight]) => {
    const pointer = `/waitingOrder/tenantWeights/${tenantId}`;
    const named = tenantIdProblems(pointer, tenantId);
    if (isWhole(weight, 1, TENANT_WEIGHT_MAX)) return named;
    const detail = `A weight is a whole number from 1 to ${TENANT_WEIGHT_MAX}: with none, a tenant would wait for ever.`;
    return [...named, problem('POLICY_WEIGHT', pointer, detail)];
  });
  return [...step, ...weights];
}

export function preemptionProblems({
  fromPriority,
  otherTenants,
}: PreemptionPolicy): RejectionProblem[] {
  if (fromPriority !== null && !isWhole(fromPriority, 1, PREEMPTION_PRIORITY_MAX)) {
    const detail = `From a priority of 1 to ${PREEMPTION_PRIORITY_MAX}, or null for never: nobody has a lower one than 0.`;
    return [problem('POLICY_PREEMPTION', '/preemption/fromPriority', detail)];
  }
  if (fromPriority !== null || !otherTenants) return [];
  const detail = 'Nobody displaces anybody where fromPriority is null.';
  return [problem('POLICY_PREEMPTION', '/preemption/otherTenants', detail)];
}
