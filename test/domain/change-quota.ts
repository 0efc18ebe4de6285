import { type TenantId, type TenantQuota, tenantDecider, tenantOf } from '@bulkhead/domain';
import type { World } from './world.js';

/** Gives a tenant another quota in what is named. */
export function changeQuota(world: World, tenantId: TenantId, changes: Partial<TenantQuota>): void {
  const quota = { ...tenantOf(world.fleet, tenantId).state.quota, ...changes };
  const command = { kind: 'change-quota', quota, reason: 'test', nowMs: world.nowMs } as const;
  world.run(tenantDecider, tenantId, tenantId, command);
}
