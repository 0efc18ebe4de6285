import type {
  Clock,
  ComputeSystemId,
  EvictionCause,
  StreamId,
  TenantId,
  WorkloadId,
} from '@bulkhead/domain';
import { VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';

/** What evicting works with. */
export interface EvictionParts {
  readonly follower: FleetFollower;
  readonly workloads: WorkloadCommands;
  readonly clock: Clock;
}

/** An attempt that has to go, and the event that says so. */
export interface Eviction {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  readonly computeSystemId: ComputeSystemId;
  readonly cause: EvictionCause;
  readonly causedByPosition: number;
  /** The streams that gave the cause, as they were when they did: a newer one may have taken it back. */
  readonly guards: readonly { readonly stream: StreamId; readonly version: number }[];
}

/** False where somebody was faster, so that a look at the newer log has to follow. */
export async function evictAttempt(parts: EvictionParts, eviction: Eviction): Promise<boolean> {
  const { follower, workloads, clock } = parts;
  const { fleet, submissions } = follower;
  const { tenantId, workloadId, computeSystemId, cause, causedByPosition } = eviction;
  const correlationId = submissions.get(workloadId)?.correlationId ?? workloadId;
  const term = { stream: 'placer' as const, version: fleet.placer.version };
  const guards = [...eviction.guards, term];
  try {
    await workloads.carryOut({
      tenantId,
      workloadId,
      command: () => ({ kind: 'evict', computeSystemId, cause, causedByPosition, nowMs: clock() }),
      metadata: because('placer', correlationId, causedByPosition),
      alongside: () => ({ guards }),
    });
    // The next round must see who is on the way out: nobody may join the kernel that he still runs on.
    await follower.catchUp();
    return true;
  } catch (error) {
    if (error instanceof VersionConflict) return false;
    throw error;
  }
}
