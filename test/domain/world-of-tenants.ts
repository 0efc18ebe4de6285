import {
  breachesOf,
  type EvictionCause,
  type TenantCommand,
  type TenantId,
  type TrustLevel,
  tenantDecider,
  type WorkloadId,
} from '@bulkhead/domain';
import { idOf } from './builders.js';
import { WorldOfHosts } from './world-of-hosts.js';

/** The part of the world that are tenants: they come, and what changes of them moves what runs. */
export abstract class WorldOfTenants extends WorldOfHosts {
  abstract evict(workloadId: WorkloadId, cause: EvictionCause, causedByPosition: number): void;

  registerTenant(trust: TrustLevel, boundaryGroup: string | null = null): TenantId {
    const tenantId = idOf('ten', this.log.events.length + 1) as TenantId;
    this.run(tenantDecider, tenantId, tenantId, {
      kind: 'register-tenant',
      tenantId,
      name: 'tenant',
      trust,
      boundaryGroup,
      nowMs: this.nowMs,
    });
    return tenantId;
  }

  changeTrust(tenantId: TenantId, trust: TrustLevel): void {
    this.tell(tenantId, { kind: 'change-trust', trust, reason: 'test', nowMs: this.nowMs });
    this.evictBreaches(tenantId);
  }

  changeBoundary(tenantId: TenantId, boundaryGroup: string | null): void {
    const { nowMs } = this;
    this.tell(tenantId, { kind: 'change-boundary', boundaryGroup, reason: 'test', nowMs });
    this.evictBreaches(tenantId);
  }

  suspend(tenantId: TenantId, evict = false): void {
    this.tell(tenantId, { kind: 'suspend', evict, reason: 'test', nowMs: this.nowMs });
    this.evictBreaches(tenantId);
  }

  reinstate(tenantId: TenantId): void {
    this.tell(tenantId, { kind: 'reinstate', reason: 'test', nowMs: this.nowMs });
  }

  private tell(tenantId: TenantId, command: TenantCommand): void {
    this.run(tenantDecider, tenantId, tenantId, command);
  }

  private evictBreaches(tenantId: TenantId): void {
    const causedByPosition = this.lastPositionOf(tenantId);
    for (const { workloadId, cause } of breachesOf(this.fleet, tenantId)) {
      this.evict(workloadId, cause, causedByPosition);
    }
  }
}
