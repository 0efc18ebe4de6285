import type { AdvisoryPublished } from '../../advisory/events.js';
import { unregisteredHost } from '../../host/state.js';
import type {
  AdvisoryId,
  BatchId,
  HostId,
  ImageId,
  KernelInstanceId,
  TenantId,
  WorkloadId,
} from '../../ids.js';
import { type ImageState, imageDecider } from '../../image/decide.js';
import type { Isolation } from '../../isolation/decision.js';
import type { Policy } from '../../policy/events.js';
import { noUse, type TenantUse, usedWith } from '../../tenant/quota.js';
import { type TenantState, unregisteredTenant } from '../../tenant/state.js';
import type { Resources } from '../../workload/request.js';
import { holdingAttempt, type WorkloadState } from '../../workload/state.js';
import { HostIndex } from '../host-index/host-index.js';
import { type FleetHost, take, type Versioned } from './fleet-host.js';
import { FleetTemplates } from './fleet-templates.js';

/** What an attempt takes of its host. */
export interface Hold {
  readonly hostId: HostId;
  readonly reserved: Resources;
  readonly isolation: Isolation;
  readonly batchId: BatchId | null;
  readonly tenantId: TenantId | null;
}

/** A placement that was proposed and is not in the log yet. */
export interface PendingPlacement extends Hold {
  readonly claimed: KernelInstanceId | null;
}

/** An advisory that stands, and the position of its publication. */
export interface StandingAdvisory {
  readonly published: AdvisoryPublished['payload'];
  readonly position: number;
}

/**
 * Everything that placement looks at, folded from the log. One owner keeps it and moves it forward with
 * `evolveFleet`; it is changed in place, because a copy for each of thousands of events would cost more
 * than all decisions together.
 */
export interface Fleet {
  position: number;
  /** Changed by `putHost` and `reserve` only, which keep the index in step. */
  readonly hosts: Map<HostId, FleetHost>;
  /** Replaced where policy allows another number of utility VMs. */
  index: HostIndex;
  /** How many tasks of a batch each host holds. */
  readonly batchTasks: Map<BatchId, Map<HostId, number>>;
  /** Which host a host's kernel belongs to; kernels of utility VMs are not here. */
  readonly kernelHosts: Map<KernelInstanceId, HostId>;
  readonly tenants: Map<TenantId, Versioned<TenantState>>;
  /** What each tenant holds; who holds nothing is not here. */
  readonly use: Map<TenantId, TenantUse>;
  /** The catalogue; what was never registered is not here. */
  readonly images: Map<ImageId, Versioned<ImageState>>;
  /** Workloads that have not ended. */
  readonly workloads: Map<WorkloadId, Versioned<WorkloadState>>;
  readonly pending: Map<WorkloadId, PendingPlacement>;
  /** Published and not withdrawn, in the order of their publication. */
  readonly advisories: Map<AdvisoryId, StandingAdvisory>;
  readonly templates: FleetTemplates;
  /** Of the stream that every change of an advisory moves on. */
  advisoriesVersion: number;
  policy: Versioned<{ readonly version: number; readonly policy: Policy | null }>;
  placer: Versioned<{ readonly owner: string | null; readonly term: number }>;
}

export function emptyFleet(): Fleet {
  return {
    position: 0,
    hosts: new Map(),
    index: new HostIndex(),
    batchTasks: new Map(),
    kernelHosts: new Map(),
    tenants: new Map(),
    use: new Map(),
    images: new Map(),
    workloads: new Map(),
    pending: new Map(),
    advisories: new Map(),
    templates: new FleetTemplates(),
    advisoriesVersion: 0,
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
      utilityVms: 0,
      images: noImages,
    }
  );
}

const noImages: ReadonlySet<ImageId> = new Set();

/** Replaces a host by how it is now. */
export function putHost(fleet: Fleet, host: FleetHost): void {
  fleet.hosts.set(host.hostId, host);
  fleet.index.put(host);
}

/** A host of which nothing is known yet. */
function added(fleet: Fleet, hostId: HostId): FleetHost {
  const host = hostOf(fleet, hostId);
  putHost(fleet, host);
  return host;
}

/** From now on hosts may hold so many utility VMs. */
export function allowUtilityVms(fleet: Fleet, utilityVmsMax: number): void {
  if (fleet.index.utilityVmsMax === utilityVmsMax) return;
  fleet.index = new HostIndex(utilityVmsMax);
  for (const host of fleet.hosts.values()) fleet.index.put(host);
}

export function tenantOf(fleet: Fleet, tenantId: TenantId): Versioned<TenantState> {
  return fleet.tenants.get(tenantId) ?? { state: unregisteredTenant, version: 0 };
}

export function imageOf(fleet: Fleet, imageId: ImageId): Versioned<ImageState> {
  return fleet.images.get(imageId) ?? { state: imageDecider.initialState, version: 0 };
}

/** What the workload holds of a host; null while it waits or is over. */
export function holdOf(workload: WorkloadState): Hold | null {
  const attempt = holdingAttempt(workload);
  if (attempt === null) return null;
  const { hostId, reserved, isolation } = attempt;
  const { tenantId, batch } = workload;
  return { hostId, reserved, isolation, batchId: batch?.batchId ?? null, tenantId };
}

/** Adds (or with `sign` -1 takes back) what an attempt takes. */
export function reserve(fleet: Fleet, hold: Hold, sign: 1 | -1): void {
  const { hostId, reserved, isolation, batchId, tenantId } = hold;
  if (!fleet.index.reserve(hostId, reserved, isolation, sign)) {
    take(fleet.hosts.get(hostId) ?? added(fleet, hostId), reserved, isolation, sign);
  }
  if (batchId !== null) countTask(fleet, batchId, hostId, sign);
  if (tenantId !== null) countUse(fleet, tenantId, hold, sign);
}

function countUse(fleet: Fleet, tenantId: TenantId, hold: Hold, sign: 1 | -1): void {
  const use = usedWith(fleet.use.get(tenantId) ?? noUse, hold.reserved, hold.isolation, sign);
  if (use.workloads === 0) fleet.use.delete(tenantId);
  else fleet.use.set(tenantId, use);
}

function countTask(fleet: Fleet, batchId: BatchId, hostId: HostId, sign: 1 | -1): void {
  const onHosts = fleet.batchTasks.get(batchId) ?? new Map<HostId, number>();
  const count = (onHosts.get(hostId) ?? 0) + sign;
  if (count > 0) onHosts.set(hostId, count);
  else onHosts.delete(hostId);
  if (onHosts.size > 0) fleet.batchTasks.set(batchId, onHosts);
  else fleet.batchTasks.delete(batchId);
}
