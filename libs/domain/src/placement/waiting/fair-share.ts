import type { TenantId } from '../../ids.js';
import type { Policy } from '../../policy/events.js';
import type { TenantUse } from '../../tenant/quota.js';
import type { Fleet } from '../fleet/fleet.js';
import { utilityVmsMaxOf } from '../host-index/standing.js';

/** What all hosts that are not retired have together, whether they are up or not. */
export type Capacity = Omit<TenantUse, 'workloads'>;

export function capacityOf({ index }: Fleet, policy: Policy): Capacity {
  const perHost = utilityVmsMaxOf(policy);
  let cpuMillis = 0;
  let memoryMiB = 0;
  let utilityVms = 0;
  for (const { shape, size } of index.classes.values()) {
    cpuMillis += shape.cpuMillis * size;
    memoryMiB += shape.memoryMiB * size;
    if (shape.hypervPresent) utilityVms += perHost * size;
  }
  return { cpuMillis, memoryMiB, utilityVms };
}

/** Of a tenant of which policy says nothing. */
export const DEFAULT_WEIGHT = 1;

export function weightOf({ waitingOrder }: Policy, tenantId: TenantId): number {
  return waitingOrder.tenantWeights[tenantId] ?? DEFAULT_WEIGHT;
}

/**
 * The largest part of the fleet's CPU, memory or utility VMs that a tenant holds, divided by its weight:
 * who has the least goes first (dominant-resource fairness).
 */
export function dominantShare(use: TenantUse, capacity: Capacity, weight: number): number {
  const share = Math.max(
    part(use.cpuMillis, capacity.cpuMillis),
    part(use.memoryMiB, capacity.memoryMiB),
    part(use.utilityVms, capacity.utilityVms),
  );
  return share / weight;
}

function part(held: number, of: number): number {
  return of === 0 ? 0 : held / of;
}
