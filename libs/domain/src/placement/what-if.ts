import type { TimeMs } from '../event.js';
import type { Resources } from '../workload/request.js';
import type { WorkloadState } from '../workload/state.js';
import type { Fleet } from './fleet/fleet.js';
import type { FleetHost } from './fleet/fleet-host.js';
import { HostIndex } from './host-index/host-index.js';
import { type Proposal, propose } from './propose.js';

/** What would be given up on a host if some of what it holds were gone. */
export interface Room extends Resources {
  readonly utilityVms: number;
}

/** All that the host holds. */
export function everythingOn({ usedCpuMillis, usedMemoryMiB, utilityVms }: FleetHost): Room {
  return { cpuMillis: usedCpuMillis, memoryMiB: usedMemoryMiB, utilityVms };
}

/**
 * What the placement itself says of a workload if this were the only host, so much of what it holds were
 * gone, and nobody were on the way out or in. Nothing changes.
 */
export function proposeIfFree(
  fleet: Fleet,
  host: FleetHost,
  gone: Room,
  workload: WorkloadState,
  nowMs: TimeMs,
): Proposal {
  const index = new HostIndex(fleet.index.utilityVmsMax);
  index.put({
    ...host,
    usedCpuMillis: host.usedCpuMillis - gone.cpuMillis,
    usedMemoryMiB: host.usedMemoryMiB - gone.memoryMiB,
    utilityVms: host.utilityVms - gone.utilityVms,
    evicting: 0,
    kernel: host.kernel === null ? null : { ...host.kernel, claimPending: false },
  });
  return propose({ ...fleet, index }, workload, nowMs);
}
