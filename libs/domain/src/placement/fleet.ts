import type { RecordedEvent } from '../domain-event.js';
import { type HostState, unregisteredHost } from '../host/state.js';
import type { HostId, ImageId, KernelInstanceId, TenantId, WorkloadId } from '../ids.js';
import { type ImageState, imageDecider } from '../image/decide.js';
import type { Policy } from '../policy/events.js';
import type { TrustBoundary } from '../tenant/events.js';
import { type TenantState, unregisteredTenant } from '../tenant/state.js';
import type { Resources } from '../workload/request.js';
import type { WorkloadState } from '../workload/state.js';

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

/** A host with what is reserved on it: the fold of WorkloadPlaced … ComputeSystemReleased, and proposals. */
export interface FleetHost extends Versioned<HostState> {
  readonly hostId: HostId;
  readonly kernel: FleetKernel | null;
  readonly usedCpuMillis: number;
  readonly usedMemoryMiB: number;
  /** Silos here that were told to go and are not gone yet. */
  readonly evicting: number;
}

/** A placement that was proposed and is not in the log yet. */
export interface PendingPlacement {
  readonly hostId: HostId;
  readonly reserved: Resources;
  readonly claimed: KernelInstanceId | null;
}

/**
 * Everything that placement looks at, folded from the log. One owner keeps it and moves it forward with
 * `evolveFleet`; it is changed in place, because a copy for each of thousands of events would cost more
 * than all decisions together.
 */
export interface Fleet {
  position: number;
  readonly hosts: Map<HostId, FleetHost>;
  /** Which host a host's kernel belongs to; kernels of utility VMs are not here. */
  readonly kernelHosts: Map<KernelInstanceId, HostId>;
  readonly tenants: Map<TenantId, Versioned<TenantState>>;
  /** The catalogue; what was never registered is not here. */
  readonly images: Map<ImageId, Versioned<ImageState>>;
  /** Workloads that have not ended. */
  readonly workloads: Map<WorkloadId, Versioned<WorkloadState>>;
  readonly pending: Map<WorkloadId, PendingPlacement>;
  policy: Versioned<{ readonly version: number; readonly policy: Policy | null }>;
  placer: Versioned<{ readonly owner: string | null; readonly term: number }>;
}

export function emptyFleet(): Fleet {
  return {
    position: 0,
    hosts: new Map(),
    kernelHosts: new Map(),
    tenants: new Map(),
    images: new Map(),
    workloads: new Map(),
    pending: new Map(),
    policy: { state: { version: 0, policy: null }, version: 0 },
    placer: { state: { owner: null, term: 0 }, version: 0 },
  };
}

export function hostOf(fleet: Fleet, hostId: HostId): FleetHost {
  return (
    fleet.hosts.get(hostId) ?? {
      hostId,
      state: unregisteredHost,
      version: 0,
      kernel: null,
      usedCpuMillis: 0,
      usedMemoryMiB: 0,
      evicting: 0,
    }
  );
}

export function tenantOf(fleet: Fleet, tenantId: TenantId): Versioned<TenantState> {
  return fleet.tenants.get(tenantId) ?? { state: unregisteredTenant, version: 0 };
}

export function imageOf(fleet: Fleet, imageId: ImageId): Versioned<ImageState> {
  return fleet.images.get(imageId) ?? { state: imageDecider.initialState, version: 0 };
}

/** Adds (or with `sign` -1 takes back) a reservation. */
export function reserve(fleet: Fleet, hostId: HostId, reserved: Resources, sign: 1 | -1): void {
  const host = hostOf(fleet, hostId);
  fleet.hosts.set(hostId, {
    ...host,
    usedCpuMillis: host.usedCpuMillis + sign * reserved.cpuMillis,
    usedMemoryMiB: host.usedMemoryMiB + sign * reserved.memoryMiB,
  });
}

/** The event types that a fleet is folded from; the others say nothing about placement. */
export const fleetEventTypes: readonly RecordedEvent['event']['type'][] = [
  'TenantRegistered',
  'TenantTrustChanged',
  'TenantBoundaryChanged',
  'TenantSuspended',
  'TenantReinstated',
  'ImageRegistered',
  'ImageRevoked',
  'HostRegistered',
  'HostBooted',
  'HostCordoned',
  'HostUncordoned',
  'HostDrainStarted',
  'HostDrained',
  'HostQuarantined',
  'HostReleasedFromQuarantine',
  'HostLost',
  'HostFenced',
  'HostRecovered',
  'HostRetired',
  'KernelStarted',
  'KernelClaimed',
  'KernelEnded',
  'PolicyPublished',
  'PlacerTookOver',
  'WorkloadSubmitted',
  'IsolationDecided',
  'PlacementDeferred',
  'WorkloadPlaced',
  'StartAuthorized',
  'ImagePulled',
  'UtilityVmBooted',
  'ComputeSystemCreated',
  'NetworkAttached',
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'ComputeSystemReleased',
  'WorkloadEvicted',
  'WorkloadDeadlineExceeded',
  'AttemptFailed',
  'WorkloadRetryScheduled',
  'WorkloadCancelRequested',
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
];
