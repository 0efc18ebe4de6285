import type { TimeMs } from '../../event.js';
import { acceptsPlacements, type HostState } from '../../host/state.js';
import type { HostId } from '../../ids.js';
import type { TrustBoundary } from '../../tenant/events.js';
import type { WorkloadState } from '../../workload/state.js';
import { candidatesFor } from '../candidates.js';
import { type Fleet, hostOf, tenantOf } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { HostIndex } from '../host-index/host-index.js';
import { propose, wantedOf } from '../propose.js';
import type { WaitingRoom } from '../waiting/waiting-room.js';

/** Lines that one look asks about; the others are asked about when these have what they wait for. */
export const REBOOT_LOOKS_MAX = 100;

/** A host that is to boot anew, and the boundary that waits for a kernel. */
export interface WantedReboot {
  readonly host: FleetHost;
  readonly trustBoundary: TrustBoundary;
}

/** Whether nothing holds a place there, proposals on their way included. */
export function isEmptyHost(host: FleetHost): boolean {
  const { usedCpuMillis, usedMemoryMiB, utilityVms, evicting } = host;
  return usedCpuMillis === 0 && usedMemoryMiB === 0 && utilityVms === 0 && evicting === 0;
}

/** Whether its driver may be asked for the boot now: it answers, and there is no evidence to be kept. */
export function mayReboot({ reboot, boot, condition, quarantine }: HostState): boolean {
  const isAsked = reboot !== undefined && reboot.bootId === boot?.bootId;
  return isAsked && condition === 'up' && quarantine === null;
}

/**
 * Since when hosts are empty, as far as somebody has looked. A new placer begins anew, so that a host
 * may boot later than policy says and never sooner.
 */
export class EmptyHosts {
  private readonly sinceMs = new Map<HostId, TimeMs>();

  look(fleet: Fleet, nowMs: TimeMs): void {
    for (const host of fleet.hosts.values()) {
      if (!isEmptyHost(host)) this.sinceMs.delete(host.hostId);
      else if (!this.sinceMs.has(host.hostId)) this.sinceMs.set(host.hostId, nowMs);
    }
  }

  /** By id: those that have been empty for so long, whose kernel belongs to a boundary. */
  ownedFor(fleet: Fleet, forMs: number, nowMs: TimeMs): FleetHost[] {
    const hosts = [...fleet.hosts.values()].filter((host) => {
      const sinceMs = this.sinceMs.get(host.hostId) ?? Number.POSITIVE_INFINITY;
      const { kernel } = host;
      const isOwned = kernel !== null && kernel.trustBoundary !== null && !kernel.claimPending;
      return (
        isOwned && isEmptyHost(host) && acceptsPlacements(host.state) && nowMs - sinceMs >= forMs
      );
    });
    return hosts.sort((a, b) => (a.hostId < b.hostId ? -1 : 1));
  }
}

/**
 * Which empty hosts should boot anew, because somebody waits for a kernel and none is free: one for a
 * boundary at a time, since its others may find room on the kernel that it gets.
 */
export function rebootsWanted(
  fleet: Fleet,
  room: WaitingRoom,
  empty: EmptyHosts,
  nowMs: TimeMs,
): WantedReboot[] {
  const { policy } = fleet.policy.state;
  if (policy?.rebootEmptyAfterMs === undefined) return [];
  const hosts = empty.ownedFor(fleet, policy.rebootEmptyAfterMs, nowMs);
  if (hosts.length === 0) return [];
  const freed = new HostIndex();
  for (const host of hosts) freed.put(withFreeKernel(host));
  const served = boundariesServed(fleet);
  const wanted: WantedReboot[] = [];
  let looks = 0;
  for (const line of room.lines.values()) {
    if (wanted.length === hosts.length || looks >= REBOOT_LOOKS_MAX) break;
    const first = line.at(0);
    if (first === undefined || !line.told.has('kernel-busy') || first.notBeforeMs > nowMs) continue;
    const { trustBoundary } = tenantOf(fleet, line.tenantId).state;
    const workload = fleet.workloads.get(first.workloadId)?.state;
    if (workload === undefined || workload.decision === null || served.has(trustBoundary)) continue;
    looks += 1;
    if (!waitsForKernel(fleet, workload, nowMs)) continue;
    const decision = { ...workload.decision, trustBoundary };
    const silo = wantedOf(fleet, { workload, decision, policy, nowMs }, 'process');
    const { best } = candidatesFor(freed, silo);
    if (best === null) continue;
    freed.put({ ...best, state: { ...best.state, condition: 'retired' } });
    served.add(trustBoundary);
    wanted.push({ host: hostOf(fleet, best.hostId), trustBoundary });
  }
  return wanted;
}

/** As it will be once it has booted. */
function withFreeKernel(host: FleetHost): FleetHost {
  return { ...host, kernel: host.kernel && { ...host.kernel, trustBoundary: null } };
}

/** Boundaries for which a host is about to boot. */
function boundariesServed(fleet: Fleet): Set<TrustBoundary> {
  const served = new Set<TrustBoundary>();
  for (const { state } of fleet.hosts.values()) {
    if (state.reboot !== undefined && mayReboot(state)) served.add(state.reboot.trustBoundary);
  }
  return served;
}

/** Whether it would be told now, too, that every kernel belongs to others. */
function waitsForKernel(fleet: Fleet, workload: WorkloadState, nowMs: TimeMs): boolean {
  const proposal = propose(fleet, workload, nowMs);
  return proposal.kind === 'defer' && proposal.cause === 'kernel-busy';
}
