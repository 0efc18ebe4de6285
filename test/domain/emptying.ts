import {
  evictsBecause,
  type HostId,
  hostDecider,
  hostOf,
  kernelDecider,
  type RecordedEvent,
  type WorkloadId,
} from '@bulkhead/domain';
import type { World } from './world.js';

/** Null lets what runs there go on until it ends. */
export function drain(world: World, hostId: HostId, evictAfterMs: number | null): void {
  const { nowMs } = world;
  const evictAtMs = evictAfterMs === null ? null : nowMs + evictAfterMs;
  world.run(hostDecider, hostId, null, { kind: 'drain', reason: 'test', evictAtMs, nowMs });
}

/** True where the host may go; its kernel ends with it. */
export function retire(world: World, hostId: HostId): boolean {
  const { nowMs } = world;
  const retired = world.run(hostDecider, hostId, null, { kind: 'retire', reason: 'test', nowMs });
  const { kernel } = hostOf(world.fleet, hostId);
  if (retired.length > 0 && kernel !== null) {
    const ended = { kind: 'end-kernel', cause: 'retired', nowMs } as const;
    world.run(kernelDecider, kernel.kernelInstanceId, null, ended);
  }
  return retired.length > 0;
}

/** What the placer does for hosts that are to be empty: evicts, and tells when nothing is left. */
export function tendHosts(world: World): void {
  const { nowMs } = world;
  for (const hostId of world.hosts.keys()) {
    const cause = evictsBecause(hostOf(world.fleet, hostId).state, nowMs);
    const holders = holdersOn(world, hostId);
    if (cause !== null) {
      const position = drainOf(world, hostId);
      for (const workloadId of holders) world.evict(workloadId, cause, position);
    }
    if (holders.length > 0) continue;
    world.run(hostDecider, hostId, null, { kind: 'report-drained', nowMs });
  }
}

function holdersOn(world: World, hostId: HostId): WorkloadId[] {
  const holds = (id: WorkloadId) => world.attemptOf(id)?.hostId === hostId;
  return [...world.fleet.workloads.keys()].filter(holds);
}

function drainOf(world: World, hostId: HostId): number {
  const began = ({ stream, event }: RecordedEvent) =>
    stream === hostId && event.type === 'HostDrainStarted';
  return world.log.events.findLast(began)?.position ?? 0;
}
