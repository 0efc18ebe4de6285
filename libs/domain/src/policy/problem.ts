import type { RejectionProblem } from '../decider.js';
import { isId } from '../ids.js';

export const problem = (code: string, pointer: string, detail: string): RejectionProblem => ({
  code,
  pointer,
  detail,
});

/** Whether it is a whole number from `least` to `most`. */
export function isWhole(value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

export function tenantIdProblems(pointer: string, tenantId: string): RejectionProblem[] {
  return isId('ten', tenantId)
    ? []
    : [problem('POLICY_UNKNOWN_TENANT', pointer, 'This is not the id of a tenant.')];
}
