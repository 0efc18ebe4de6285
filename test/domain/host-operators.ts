import {
  type EvictionCause,
  evictsBecause,
  type HostId,
  hostDecider,
  hostOf,
  kernelDecider,
  type RecordedEvent,
  type TrustBoundary,
  type WorkloadId,
} from '@bulkhead/domain';
import type { World } from './world.js';

/** Null lets what runs there go on until it ends. */
export function drain(world: World, hostId: HostId, evictAfterMs: number | null): void {
  const { nowMs } = world;
  const evictAtMs = evictAfterMs === null ? null : nowMs + evictAfterMs;
  world.run(hostDecider, hostId, null, { kind: 'drain', reason: 'test', evictAtMs, nowMs });
}

export function quarantine(world: World, hostId: HostId, stop: boolean): void {
  const { nowMs } = world;
  world.run(hostDecider, hostId, null, { kind: 'quarantine', reason: 'test', stop, nowMs });
}

/** Ends the quarantine; what waits to be released is released by whoever tries next. */
export function releaseHost(world: World, hostId: HostId): void {
  const { nowMs } = world;
  world.run(hostDecider, hostId, null, { kind: 'release', reason: 'test', nowMs });
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

/** The placer asks an empty host to boot anew for a boundary that waits. */
export function requestReboot(world: World, hostId: HostId, trustBoundary: TrustBoundary): void {
  const { nowMs } = world;
  world.run(hostDecider, hostId, null, { kind: 'request-reboot', trustBoundary, nowMs });
}

/** What the placer does for hosts that are to be empty: evicts, and tells when nothing is left. */
export function tendHosts(world: World): void {
  const { nowMs } = world;
  for (const hostId of world.hosts.keys()) {
    const cause = evictsBecause(hostOf(world.fleet, hostId).state, nowMs);
    const holders = holdersOn(world, hostId);
    if (cause !== null) {
      const position = causeOf(world, hostId, cause);
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

function causeOf(world: World, hostId: HostId, cause: EvictionCause): number {
  const type = cause === 'drain' ? 'HostDrainStarted' : 'HostQuarantined';
  const began = ({ stream, event }: RecordedEvent) => stream === hostId && event.type === type;
  return world.log.events.findLast(began)?.position ?? 0;
}
