import type { ComputeSystemId, TenantId, WorkloadId } from '../../ids.js';
import { breachOf } from '../../isolation/breach.js';
import type { TenantState } from '../../tenant/state.js';
import type { EvictionCause } from '../../workload/events.js';
import { type AttemptState, holdingAttempt, isOver } from '../../workload/state.js';
import { type Fleet, tenantOf } from '../fleet/fleet.js';

export interface Breach {
  readonly workloadId: WorkloadId;
  readonly computeSystemId: ComputeSystemId;
  readonly cause: EvictionCause;
}

/**
 * A tenant's attempts that run or still may, behind a wall which the tenant, as it is now, may not have;
 * and of a suspended tenant those that have not started, or all of them where its suspension says so.
 */
export function breachesOf(fleet: Fleet, tenantId: TenantId): Breach[] {
  const tenant = tenantOf(fleet, tenantId).state;
  const breaches: Breach[] = [];
  for (const [workloadId, { state }] of fleet.workloads) {
    if (state.tenantId !== tenantId) continue;
    const attempt = holdingAttempt(state);
    if (attempt === null || attempt.eviction !== null || isOver(attempt)) continue;
    const cause = breachOf(attempt, tenant) ?? suspendedBecause(attempt, tenant);
    if (cause !== null) {
      breaches.push({ workloadId, computeSystemId: attempt.computeSystemId, cause });
    }
  }
  return breaches;
}

function suspendedBecause(
  { stage }: AttemptState,
  { suspension }: TenantState,
): EvictionCause | null {
  if (suspension === null) return null;
  const started = stage !== 'placed' && stage !== 'authorized';
  return started && !suspension.evict ? null : 'tenant-suspended';
}
