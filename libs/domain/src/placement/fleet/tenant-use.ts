import type { TenantId } from '../../ids.js';
import type { Isolation } from '../../isolation/decision.js';
import { beyondQuota, noUse, type TenantUse, usedWith } from '../../tenant/quota.js';
import type { Resources } from '../../workload/request.js';
import { type Fleet, tenantOf } from './fleet.js';

export function useOf(fleet: Fleet, tenantId: TenantId): TenantUse {
  return fleet.use.get(tenantId) ?? noUse;
}

/** Which quota of its tenant keeps an attempt waiting, in words; null where it has room in all of them. */
export function beyondQuotaBecause(
  fleet: Fleet,
  tenantId: TenantId,
  reserved: Resources,
  isolation: Isolation,
): string | null {
  const use = usedWith(useOf(fleet, tenantId), reserved, isolation, 1);
  const beyond = beyondQuota(use, tenantOf(fleet, tenantId).state.quota);
  if (beyond === null) return null;
  return `the tenant would hold ${beyond.use} of at most ${beyond.limit} ${beyond.quota}`;
}
