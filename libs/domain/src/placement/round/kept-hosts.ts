import type { TimeMs } from '../../event.js';
import { isSelected } from '../../host/labels.js';
import type { HostId, TenantId } from '../../ids.js';
import type { WorkloadState } from '../../workload/state.js';
import { type Fleet, type Hold, hostOf, reserve } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { reservation, shapeOf } from '../unrunnable.js';
import type { Waiting } from '../waiting/line.js';
import type { Turn } from '../waiting/turns.js';
import type { WaitingRoom } from '../waiting/waiting-room.js';
import { everythingOn, proposeIfFree } from '../what-if.js';
import type { Preemptions } from './preemptions.js';

/** Whoever is next of its tenant and has waited so long for room gets a host kept: ten minutes. */
export const KEEP_HOST_AFTER_MS = 600_000;
/** At most one host in so many is kept, and one in a small fleet. */
export const HOSTS_PER_KEPT = 20;
/** A round chooses so many hosts anew, for which it looks at all of them. */
const CHOICES_PER_ROUND_MAX = 4;
/** Of the hosts that lack least, so many are asked whether they could hold it at all. */
const HOSTS_ASKED_MAX = 16;

/**
 * Hosts that fill up no more, so that a large workload that has waited long is not overtaken for ever by
 * small ones. From its turn on until the end of the round nobody gets what is free on its host; who comes before
 * it, because its tenant holds less, still does, unless others were displaced for it. Which host it is stays the same from round to round
 * while it could hold the workload, or what becomes free there would be given away in between.
 */
export class KeptHosts {
  private readonly held = new Map<HostId, Hold>();
  private readonly asked = new Set<TenantId>();
  private choices = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly room: WaitingRoom,
    private readonly preemptions: Preemptions,
    private readonly nowMs: TimeMs,
  ) {
    for (const { hostId, freed } of room.kept.values()) {
      if (freed && !this.held.has(hostId)) this.hold(hostOf(fleet, hostId));
    }
  }

  /** At its turn a workload finds the host that others had to leave for it; true where there is one. */
  openFor({ line, waiting }: Turn): boolean {
    const kept = this.room.kept.get(line.tenantId);
    const hold = kept === undefined ? undefined : this.held.get(kept.hostId);
    if (kept?.workloadId !== waiting.workloadId || hold === undefined) return false;
    reserve(this.fleet, hold, -1);
    this.held.delete(kept.hostId);
    return true;
  }

  /** Keeps a host for whom no host has room, where it is due; true where it does. */
  keepFor({ line, waiting }: Turn, workload: WorkloadState): boolean {
    const { tenantId } = line;
    const fromMs = this.preemptions.mayPreemptFromMs(waiting);
    const mayPreempt = fromMs !== null && fromMs <= this.nowMs;
    const before = this.room.kept.get(tenantId);
    const same = before?.workloadId === waiting.workloadId ? before.hostId : null;
    if (!mayPreempt && this.nowMs - waiting.sinceMs < KEEP_HOST_AFTER_MS) {
      // What another policy had permitted.
      if (same !== null) this.room.kept.delete(tenantId);
      return false;
    }
    if (this.asked.has(tenantId) || this.held.size >= this.most()) return false;
    this.asked.add(tenantId);
    const freed = mayPreempt ? this.preemptions.makeRoom(waiting, workload, same, this.held) : null;
    const hostId = freed ?? this.longWaited(waiting, workload, same);
    if (hostId === null || this.held.has(hostId)) return false;
    const { workloadId } = waiting;
    this.room.kept.set(tenantId, { workloadId, hostId, freed: freed !== null });
    this.hold(hostOf(this.fleet, hostId));
    return true;
  }

  private longWaited(
    { sinceMs }: Waiting,
    workload: WorkloadState,
    same: HostId | null,
  ): HostId | null {
    if (this.nowMs - sinceMs < KEEP_HOST_AFTER_MS) return null;
    return same !== null && this.couldHold(same, workload) ? same : this.choose(workload);
  }

  /** At the end of the round the fleet is again what the log and the proposals say. */
  giveBack(): void {
    for (const hold of this.held.values()) reserve(this.fleet, hold, -1);
    this.held.clear();
  }

  private most(): number {
    return Math.max(1, Math.floor(this.fleet.hosts.size / HOSTS_PER_KEPT));
  }

  /** Takes all that is free there, so that for everybody else it is full. */
  private hold(host: FleetHost): void {
    const shape = shapeOf(host.state);
    if (shape === null) return;
    const reserved = {
      cpuMillis: shape.cpuMillis - host.usedCpuMillis,
      memoryMiB: shape.memoryMiB - host.usedMemoryMiB,
    };
    const { hostId } = host;
    const hold = { hostId, reserved, isolation: 'process', batchId: null, tenantId: null } as const;
    reserve(this.fleet, hold, 1);
    this.held.set(hostId, hold);
  }

  private couldHold(hostId: HostId, workload: WorkloadState): boolean {
    const host = hostOf(this.fleet, hostId);
    return this.isolationOn(host, workload) !== null;
  }

  /** Behind which wall it would run there if the host were empty; null where it could not, or it is kept already. */
  private isolationOn(host: FleetHost, workload: WorkloadState) {
    if (this.held.has(host.hostId)) return null;
    const { fleet, nowMs } = this;
    const proposal = proposeIfFree(fleet, host, everythingOn(host), workload, nowMs);
    return proposal.kind === 'place' ? proposal.decision.isolation : null;
  }

  /** The host that lacks least, among those whose kernel it could join if it may share one. */
  private choose(workload: WorkloadState): HostId | null {
    this.choices += 1;
    if (this.choices > CHOICES_PER_ROUND_MAX) return null;
    const floor = workload.decision?.isolation ?? 'process';
    let otherWall: HostId | null = null;
    for (const { host } of this.nearest(workload)) {
      const isolation = this.isolationOn(host, workload);
      if (isolation === floor) return host.hostId;
      if (isolation !== null) otherWall ??= host.hostId;
    }
    return otherWall;
  }

  private nearest(workload: WorkloadState): { host: FleetHost; lacks: number }[] {
    const { policy } = this.fleet.policy.state;
    const { request, decision } = workload;
    if (policy === null || request === null) return [];
    const isolation = decision?.isolation ?? 'process';
    const needed = reservation(request.resources, isolation, policy);
    const boundary = decision?.trustBoundary ?? null;
    const all: { host: FleetHost; lacks: number }[] = [];
    for (const host of this.fleet.hosts.values()) {
      const shape = shapeOf(host.state);
      if (shape === null || host.kernel === null || this.held.has(host.hostId)) continue;
      if (!isSelected(shape.labels, request.hostSelector)) continue;
      const { cpuMillis, memoryMiB } = shape;
      if (needed.cpuMillis > cpuMillis || needed.memoryMiB > memoryMiB) continue;
      const cpuLacks = Math.max(0, needed.cpuMillis - (cpuMillis - host.usedCpuMillis));
      const memoryLacks = Math.max(0, needed.memoryMiB - (memoryMiB - host.usedMemoryMiB));
      const owner = host.kernel.trustBoundary;
      const ofOthers = isolation === 'process' && owner !== null && owner !== boundary;
      const lacks =
        cpuLacks / cpuMillis + memoryLacks / memoryMiB + (ofOthers ? FOREIGN_KERNEL : 0);
      all.push({ host, lacks });
    }
    all.sort((a, b) => a.lacks - b.lacks || (a.host.hostId < b.host.hostId ? -1 : 1));
    return all.slice(0, HOSTS_ASKED_MAX);
  }
}

/** More than any host can lack: a kernel that it may not join comes after all others. */
const FOREIGN_KERNEL = 3;
