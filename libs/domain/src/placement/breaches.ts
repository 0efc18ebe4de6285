import type { ComputeSystemId, TenantId, WorkloadId } from '../ids.js';
import { breachOf } from '../isolation/permission.js';
import type { EvictionCause } from '../workload/events.js';
import { holdingAttempt, isOver } from '../workload/state.js';
import { type Fleet, tenantOf } from './fleet.js';

export interface Breach {
  readonly workloadId: WorkloadId;
  readonly computeSystemId: ComputeSystemId;
  readonly cause: EvictionCause;
}

/** A tenant's attempts that run or still may, behind a wall which the tenant, as it is now, may not have. */
export function breachesOf(fleet: Fleet, tenantId: TenantId): Breach[] {
  const tenant = tenantOf(fleet, tenantId).state;
  const breaches: Breach[] = [];
  for (const [workloadId, { state }] of fleet.workloads) {
    if (state.tenantId !== tenantId) continue;
    const attempt = holdingAttempt(state);
    if (attempt === null || attempt.eviction !== null || isOver(attempt)) continue;
    const cause = breachOf(attempt, tenant);
    if (cause !== null) {
      breaches.push({ workloadId, computeSystemId: attempt.computeSystemId, cause });
    }
  }
  return breaches;
}
