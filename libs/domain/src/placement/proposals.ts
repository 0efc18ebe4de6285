import type { KernelInstanceId, WorkloadId } from '../ids.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { Resources } from '../workload/request.js';
import { type Fleet, type FleetHost, hostOf, reserve } from './fleet.js';

/** Holds a place until the log has it or refuses it, so that the next proposal sees it taken. */
export function holdProposal(
  fleet: Fleet,
  workloadId: WorkloadId,
  host: FleetHost,
  reserved: Resources,
  claimFor: TrustBoundary | null,
): void {
  const claimed = claimFor === null ? null : (host.kernel?.kernelInstanceId ?? null);
  fleet.pending.set(workloadId, { hostId: host.hostId, reserved, claimed });
  reserve(fleet, host.hostId, reserved, 1);
  if (claimed !== null) setClaim(fleet, host.hostId, claimed, claimFor, true);
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
  reserve(fleet, pending.hostId, pending.reserved, -1);
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
  fleet.hosts.set(hostId, { ...host, kernel: { ...kernel, trustBoundary, claimPending } });
}
