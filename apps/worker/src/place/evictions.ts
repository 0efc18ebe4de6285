import { type Breach, breachesOf, holdingAttempt, type TenantId, tenantOf } from '@bulkhead/domain';
import { type EvictionParts, evictAttempt } from './evict-attempt.js';

/**
 * Evicts silos whose tenant has lost the wall that they were placed with, as soon as the log tells of
 * the change. Utility VMs stay: neither trust nor boundary touches a kernel of one's own.
 */
export class Evictions {
  private readonly toCheck = new Set<TenantId>();

  constructor(private readonly parts: EvictionParts) {
    parts.follower.onEvent(({ stream, event }) => {
      if (event.type === 'TenantTrustChanged' || event.type === 'TenantBoundaryChanged') {
        this.toCheck.add(stream as TenantId);
      }
    });
  }

  /** A new placer cannot know what its predecessor still did, so it looks at every silo. */
  checkEverySilo(): void {
    for (const { state } of this.parts.follower.fleet.workloads.values()) {
      if (state.tenantId !== null && holdingAttempt(state)?.isolation === 'process') {
        this.toCheck.add(state.tenantId);
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
      guard: { stream: tenantId, version: tenantOf(fleet, tenantId).version },
    });
  }
}
