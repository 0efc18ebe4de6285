import {
  type Breach,
  breachesOf,
  type Clock,
  holdingAttempt,
  type TenantId,
  tenantOf,
} from '@bulkhead/domain';
import { VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';

/**
 * Evicts silos whose tenant has lost the wall that they were placed with, as soon as the log tells of
 * the change. Utility VMs stay: neither trust nor boundary touches a kernel of one's own.
 */
export class Evictions {
  private readonly toCheck = new Set<TenantId>();

  constructor(
    private readonly follower: FleetFollower,
    private readonly workloads: WorkloadCommands,
    private readonly clock: Clock,
  ) {
    follower.onEvent(({ stream, event }) => {
      if (event.type === 'TenantTrustChanged' || event.type === 'TenantBoundaryChanged') {
        this.toCheck.add(stream as TenantId);
      }
    });
  }

  /** A new placer cannot know what its predecessor still did, so it looks at every silo. */
  checkEverySilo(): void {
    for (const { state } of this.follower.fleet.workloads.values()) {
      if (state.tenantId !== null && holdingAttempt(state)?.isolation === 'process') {
        this.toCheck.add(state.tenantId);
      }
    }
  }

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    let settled = true;
    for (const tenantId of [...this.toCheck]) {
      const breaches = breachesOf(this.follower.fleet, tenantId);
      const evicted = await Promise.all(breaches.map((breach) => this.evict(tenantId, breach)));
      if (evicted.every(Boolean)) this.toCheck.delete(tenantId);
      else settled = false;
    }
    return settled;
  }

  private async evict(tenantId: TenantId, breach: Breach): Promise<boolean> {
    const { workloadId, computeSystemId, cause } = breach;
    const { fleet, submissions, changedAt } = this.follower;
    const causedByPosition = changedAt.get(tenantId) ?? 0;
    const correlationId = submissions.get(workloadId)?.correlationId ?? workloadId;
    const guards = [
      { stream: tenantId, version: tenantOf(fleet, tenantId).version },
      { stream: 'placer' as const, version: fleet.placer.version },
    ];
    try {
      await this.workloads.carryOut({
        tenantId,
        workloadId,
        command: () => ({
          kind: 'evict',
          computeSystemId,
          cause,
          causedByPosition,
          nowMs: this.clock(),
        }),
        metadata: because('placer', correlationId, causedByPosition),
        alongside: () => ({ guards }),
      });
      return true;
    } catch (error) {
      if (error instanceof VersionConflict) return false;
      throw error;
    }
  }
}
