import type { HostState } from '../../host/state.js';
import type { HostId, ImageId, KernelInstanceId } from '../../ids.js';
import type { Isolation } from '../../isolation/decision.js';
import type { TrustBoundary } from '../../tenant/events.js';
import type { Resources } from '../../workload/request.js';

/** A stream's state and the version that an append guards. */
export interface Versioned<S> {
  readonly state: S;
  readonly version: number;
}

export interface FleetKernel {
  readonly kernelInstanceId: KernelInstanceId;
  readonly version: number;
  /** The boundary that its silos belong to until it ends; null while it is free. */
  readonly trustBoundary: TrustBoundary | null;
  /** True from the proposal to claim it until the log has the claim: nobody else may build on it. */
  readonly claimPending: boolean;
}

/**
 * A host with what is reserved on it: the fold of WorkloadPlaced … ComputeSystemReleased, and proposals.
 * Whoever keeps one for later keeps a copy, because what is `Taken` changes in place.
 */
export interface FleetHost extends Versioned<HostState> {
  readonly hostId: HostId;
  readonly kernel: FleetKernel | null;
  readonly usedCpuMillis: number;
  readonly usedMemoryMiB: number;
  /** Silos here that were told to go and are not gone yet. */
  readonly evicting: number;
  readonly utilityVms: number;
  /** Whose layers it has pulled, in that order, at most IMAGES_KNOWN_PER_HOST_MAX. */
  readonly images: ReadonlySet<ImageId>;
}

/**
 * What changes with every placement and every release. `reserve` changes it in place, and nobody else: a new
 * host for each of them costs as much as the choice of the host.
 */
type Taken = {
  -readonly [Of in 'usedCpuMillis' | 'usedMemoryMiB' | 'utilityVms']: FleetHost[Of];
};

/** Takes what an attempt reserves of the host, or with `sign` -1 gives it back; for `reserve` only. */
export function take(
  host: FleetHost,
  { cpuMillis, memoryMiB }: Resources,
  isolation: Isolation,
  sign: 1 | -1,
): void {
  const taken: Taken = host;
  taken.usedCpuMillis += sign * cpuMillis;
  taken.usedMemoryMiB += sign * memoryMiB;
  if (isolation === 'hyperv') taken.utilityVms += sign;
}

/** Of how many images a host is known to have the layers; the oldest is forgotten first. */
export const IMAGES_KNOWN_PER_HOST_MAX = 64;
