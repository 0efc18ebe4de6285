import type { HostId, TenantId, WorkloadId } from '../../ids.js';
import {
  type AttemptState,
  holdingAttempt,
  isOver,
  isStopping,
  type WorkloadState,
} from '../../workload/state.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Room } from '../what-if.js';

/** Who holds a place on a host. */
export interface Holder {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly priority: number;
  readonly state: WorkloadState;
  readonly attempt: AttemptState;
  /** It ends without anybody's doing: it was told to, or is over and not released. */
  readonly isLeaving: boolean;
}

/** Everybody who holds a place, by host: one look at all workloads that have not ended. */
export function holdersByHost(fleet: Fleet): ReadonlyMap<HostId, readonly Holder[]> {
  const byHost = new Map<HostId, Holder[]>();
  for (const [workloadId, { state }] of fleet.workloads) {
    const attempt = holdingAttempt(state);
    const { tenantId, request } = state;
    if (attempt === null || tenantId === null || request === null) continue;
    const isLeaving = isOver(attempt) || isStopping(state);
    const { priority } = request;
    const here = byHost.get(attempt.hostId) ?? [];
    byHost.set(attempt.hostId, here);
    here.push({ workloadId, tenantId, priority, state, attempt, isLeaving });
  }
  return byHost;
}

export function roomOf(holders: readonly Holder[]): Room {
  const room = { cpuMillis: 0, memoryMiB: 0, utilityVms: 0 };
  for (const { attempt } of holders) {
    room.cpuMillis += attempt.reserved.cpuMillis;
    room.memoryMiB += attempt.reserved.memoryMiB;
    room.utilityVms += attempt.isolation === 'hyperv' ? 1 : 0;
  }
  return room;
}

/** How many of its attempts were taken for somebody more urgent, as far as its state remembers them. */
export function preemptionsOf({ past, current }: WorkloadState): number {
  const attempts = current === null ? past : [...past, current];
  return attempts.filter(({ eviction }) => eviction === 'preempted').length;
}
