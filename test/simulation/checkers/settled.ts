import type { Fleet, HostId } from '@bulkhead/domain';
import type { ComputeSystemState } from '@bulkhead/hypervisor';
import { dispatchedTypes } from '../../../apps/worker/src/dispatch/jobs-for-event.js';
import type { Stage } from '../acts/stage.js';
import type { Judge } from './judge.js';

/** What is not yet as it must be in a world at rest, in words; null where it has come to rest. */
export function unsettled({ world }: Stage, { tally, live, schedules }: Judge): string | null {
  const { parts, slots, people } = world;
  const [fires] = schedules.living();
  if (fires !== undefined) return `${fires.scheduleId} is not deleted`;
  const [open] = tally.workloads.keys();
  if (open !== undefined) return `${open} and ${tally.workloads.size - 1} others have not ended`;
  if (people.open > 0) return `${people.open} requests are not answered`;
  const held = stillHeld(live.fleet);
  if (held !== null) return held;
  for (const { hostId, power, spec } of parts.rack.machines.values()) {
    if (spec === null) return `${hostId} was never provisioned`;
    const host = power?.fleet.host(hostId);
    if (host?.isAway) return `${hostId} is not back`;
    const [left] = (host?.list() ?? []).filter(({ state }) => !mayLie(live.fleet, hostId, state));
    if (left !== undefined) return `${hostId} still has ${left.computeSystemId} (${left.state})`;
  }
  for (const { life, worker } of slots.liveWorkers()) {
    if (worker.follower.fleet.position !== live.fleet.position) return `${life.name} lags behind`;
    if (worker.follower.fleet.pending.size > 0) return `${life.name} has proposals on their way`;
  }
  if (parts.readModel.position < live.head) return 'the read model lags behind';
  const dispatched = parts.tables.positions.get('dispatch') ?? 0;
  return dispatched < live.lastOf(dispatchedTypes) ? 'dispatch lags behind' : null;
}

/** What has ended may lie on a host that was retired while it was out of touch: nobody asks it for anything any more. */
function mayLie(fleet: Fleet, hostId: HostId, state: ComputeSystemState): boolean {
  const hasEnded = state === 'exited' || state === 'start-failed';
  return hasEnded && fleet.hosts.get(hostId)?.state.condition === 'retired';
}

function stillHeld(fleet: Fleet): string | null {
  for (const { hostId, usedCpuMillis, usedMemoryMiB, utilityVms } of fleet.hosts.values()) {
    if (usedCpuMillis === 0 && usedMemoryMiB === 0 && utilityVms === 0) continue;
    return `${usedCpuMillis} cpuMillis and ${usedMemoryMiB} MiB of ${hostId} are still held`;
  }
  if (fleet.use.size > 0) return 'a tenant is held to hold something';
  return fleet.workloads.size > 0 ? 'the fleet knows workloads that have ended' : null;
}
