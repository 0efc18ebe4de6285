import type { KernelInstanceId, WorkloadId } from '../../ids.js';
import type { TrustBoundary } from '../../tenant/events.js';
import { type Fleet, type Hold, hostOf, putHost, reserve } from './fleet.js';
import type { FleetHost } from './fleet-host.js';

/** Holds a place until the log has it or refuses it, so that the next proposal sees it taken. */
export function holdProposal(
  fleet: Fleet,
  workloadId: WorkloadId,
  hold: Hold,
  claimFor: TrustBoundary | null,
): void {
  const kernel = hostOf(fleet, hold.hostId).kernel;
  const claimed = claimFor === null ? null : (kernel?.kernelInstanceId ?? null);
  fleet.pending.set(workloadId, { claimed, ...hold });
  reserve(fleet, hold, 1);
  if (claimed !== null) setClaim(fleet, hold.hostId, claimed, claimFor, true);
}

/**
 * Gives back what a proposal held. Once it is recorded, the events themselves hold the place and the
 * claim; where the log refused it, the kernel that it would have claimed is free again.
 */
export function withdrawProposal(
  fleet: Fleet,
  workloadId: WorkloadId,
  fate: 'recorded' | 'refused',
): void {
  const pending = fleet.pending.get(workloadId);
  if (pending === undefined) return;
  fleet.pending.delete(workloadId);
  reserve(fleet, pending, -1);
  if (fate === 'refused' && pending.claimed !== null) {
    setClaim(fleet, pending.hostId, pending.claimed, null, false);
  }
}

function setClaim(
  fleet: Fleet,
  hostId: FleetHost['hostId'],
  kernelInstanceId: KernelInstanceId,
  trustBoundary: TrustBoundary | null,
  claimPending: boolean,
): void {
  const host = hostOf(fleet, hostId);
  const { kernel } = host;
  // A claim that the log has confirmed, or a kernel of a later boot, is no longer the proposal's.
  const settled = kernel === null || (!claimPending && !kernel.claimPending);
  if (settled || kernel.kernelInstanceId !== kernelInstanceId) return;
  putHost(fleet, { ...host, kernel: { ...kernel, trustBoundary, claimPending } });
}
