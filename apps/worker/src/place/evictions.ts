import { type Breach, breachesOf, holdingAttempt, type TenantId, tenantOf } from '@bulkhead/domain';
import { type EvictionParts, evictAttempt } from './evict-attempt.js';

/**
 * Evicts silos whose tenant has lost the wall that they were placed with, as soon as the log tells of
 * the change. Utility VMs stay: neither trust nor boundary touches a kernel of one's own. What a suspended
 * tenant has not started yet goes in the same way, and what runs where the suspension says so.
 */
export class Evictions {
  private readonly toCheck = new Set<TenantId>();

  constructor(private readonly parts: EvictionParts) {
    parts.follower.onEvent(({ stream, event }) => {
      const { type } = event;
      const mayForbid = type === 'TenantTrustChanged' || type === 'TenantBoundaryChanged';
      if (mayForbid || type === 'TenantSuspended') this.toCheck.add(stream as TenantId);
    });
  }

  /** A new placer cannot know what its predecessor still did, so it looks at every silo, and at who is suspended. */
  checkEverySilo(): void {
    const { fleet } = this.parts.follower;
    for (const { state } of fleet.workloads.values()) {
      const { tenantId } = state;
      if (tenantId === null || this.toCheck.has(tenantId)) continue;
      const attempt = holdingAttempt(state);
      const suspended = tenantOf(fleet, tenantId).state.suspension !== null;
      if (attempt?.isolation === 'process' || (attempt !== null && suspended)) {
        this.toCheck.add(tenantId);
      }
    }
  }

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    let settled = true;
    for (const tenantId of [...this.toCheck]) {
      const breaches = breachesOf(this.parts.follower.fleet, tenantId);
      const evicted = await Promise.all(breaches.map((breach) => this.evict(tenantId, breach)));
      if (evicted.every(Boolean)) this.toCheck.delete(tenantId);
      else settled = false;
    }
    return settled;
  }

  private evict(tenantId: TenantId, breach: Breach): Promise<boolean> {
    const { fleet, changedAt } = this.parts.follower;
    return evictAttempt(this.parts, {
      tenantId,
      ...breach,
      causedByPosition: changedAt.get(tenantId) ?? 0,
      guards: [{ stream: tenantId, version: tenantOf(fleet, tenantId).version }],
    });
  }
}
