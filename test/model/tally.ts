import type {
  AdvisoryId,
  AdvisoryPublished,
  BatchId,
  DomainEvent,
  HostId,
  ImageId,
  Policy,
  RecordedEvent,
  TenantId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import {
  nothingHeld,
  type TalliedAttempt,
  type TalliedHost,
  type TalliedTenant,
  type TalliedWorkload,
  talliedHost,
  talliedWorkload,
} from './tallied.js';

/**
 * What the log says, added up in the plainest way: one event changes a few numbers. It shares no code with
 * the deciders, with the fleet or with the checker, so that what it says can be held against theirs.
 */
export class Tally {
  policy: Policy | null = null;
  readonly tenants = new Map<TenantId, TalliedTenant>();
  readonly hosts = new Map<HostId, TalliedHost>();
  readonly revoked = new Set<ImageId>();
  /** Published and not withdrawn. */
  readonly advisories = new Map<AdvisoryId, AdvisoryPublished['payload']>();
  /** How many tasks of a batch hold a place on a host. */
  readonly tasksOn = new Map<BatchId, Map<HostId, number>>();
  /** Whose sums have changed since somebody emptied this. */
  readonly touched = new Set<HostId | TenantId | BatchId>();
  /** Those that have not ended. */
  readonly workloads = new Map<WorkloadId, TalliedWorkload>();
  submitted = 0;
  ended = 0;
  waiting = 0;

  record({ stream, event, recordedAtMs }: RecordedEvent): void {
    if (stream.startsWith('wl_')) this.recordWorkload(stream as WorkloadId, event, recordedAtMs);
    else this.recordOther(stream, event);
  }

  private recordOther(stream: RecordedEvent['stream'], event: DomainEvent): void {
    const tenant = this.tenants.get(stream as TenantId);
    const host = this.hosts.get(stream as HostId);
    switch (event.type) {
      case 'PolicyPublished':
        this.policy = event.payload.policy;
        break;
      case 'ImageRevoked':
        this.revoked.add(stream as ImageId);
        break;
      case 'AdvisoryPublished':
        this.advisories.set(stream as AdvisoryId, event.payload);
        break;
      case 'AdvisoryWithdrawn':
        this.advisories.delete(stream as AdvisoryId);
        break;
      case 'TenantRegistered': {
        const { trust, trustBoundary } = event.payload;
        const open = { suspended: false, evictsRunning: false, quota: null };
        this.tenants.set(stream as TenantId, { trust, trustBoundary, ...open, ...nothingHeld() });
        break;
      }
      case 'TenantTrustChanged':
        if (tenant !== undefined) tenant.trust = event.payload.to;
        break;
      case 'TenantBoundaryChanged':
        if (tenant !== undefined) tenant.trustBoundary = event.payload.to;
        break;
      case 'TenantSuspended':
        if (tenant === undefined) break;
        tenant.suspended = true;
        tenant.evictsRunning = event.payload.evict;
        break;
      case 'TenantReinstated':
        if (tenant !== undefined) tenant.suspended = false;
        break;
      case 'TenantQuotaChanged':
        if (tenant !== undefined) tenant.quota = event.payload.quota;
        break;
      case 'HostRegistered':
        this.hosts.set(event.payload.hostId, talliedHost(event.payload));
        break;
      case 'HostBooted':
        if (host !== undefined) host.osVersion = event.payload.osVersion;
        break;
      default:
    }
  }

  private recordWorkload(workloadId: WorkloadId, event: DomainEvent, recordedAtMs: TimeMs): void {
    if (event.type === 'WorkloadSubmitted') {
      this.workloads.set(workloadId, talliedWorkload(event));
      this.submitted += 1;
      this.waiting += 1;
      return;
    }
    const workload = this.workloads.get(workloadId);
    if (workload === undefined) return;
    const { held } = workload;
    switch (event.type) {
      case 'PlacementDeferred':
        workload.deferrals.push(event.payload.cause);
        break;
      case 'WorkloadPlaced':
        workload.held = { started: false, over: false, evicted: false, ...event.payload };
        this.waiting -= 1;
        this.count(workload, workload.held, 1);
        break;
      case 'ComputeSystemStarted':
        if (held !== null) held.started = true;
        break;
      case 'ComputeSystemStartFailed':
      case 'ComputeSystemExited':
      case 'ComputeSystemLost':
        if (held !== null) held.over = true;
        break;
      case 'WorkloadEvicted':
        if (held === null || held.evicted) break;
        held.evicted = true;
        this.leave(held, 1, recordedAtMs);
        break;
      case 'ComputeSystemReleased':
        if (held === null) break;
        this.count(workload, held, -1);
        if (held.evicted) this.leave(held, -1, recordedAtMs);
        workload.held = null;
        this.waiting += 1;
        break;
      case 'AttemptFailed':
        if (event.payload.countsAgainstMaxAttempts) workload.countedFailures += 1;
        break;
      case 'WorkloadRetryScheduled':
        workload.nextAttempt = event.payload.attempt;
        workload.notBeforeMs = event.payload.notBeforeMs;
        workload.deferrals = [];
        break;
      case 'WorkloadSucceeded':
      case 'WorkloadFailed':
      case 'WorkloadCancelled':
      case 'WorkloadTimedOut':
      case 'WorkloadRejected':
        this.workloads.delete(workloadId);
        this.ended += 1;
        this.waiting -= 1;
        break;
      default:
    }
  }

  private leave({ hostId }: TalliedAttempt, sign: 1 | -1, atMs: TimeMs): void {
    this.touched.add(hostId);
    const host = this.hosts.get(hostId);
    if (host === undefined) return;
    host.leaving += sign;
    host.leavingSinceMs = host.leaving === 0 ? null : (host.leavingSinceMs ?? atMs);
  }

  private count(of: TalliedWorkload, attempt: TalliedAttempt, sign: 1 | -1): void {
    const { tenantId, batchId } = of;
    if (batchId !== null) this.countTask(batchId, attempt.hostId, sign);
    this.touched.add(tenantId).add(attempt.hostId);
    for (const held of [this.tenants.get(tenantId), this.hosts.get(attempt.hostId)]) {
      if (held === undefined) continue;
      held.workloads += sign;
      held.cpuMillis += sign * attempt.reserved.cpuMillis;
      held.memoryMiB += sign * attempt.reserved.memoryMiB;
      if (attempt.isolation === 'hyperv') held.utilityVms += sign;
    }
  }

  private countTask(batchId: BatchId, hostId: HostId, sign: 1 | -1): void {
    const onHosts = this.tasksOn.get(batchId) ?? new Map<HostId, number>();
    this.tasksOn.set(batchId, onHosts.set(hostId, (onHosts.get(hostId) ?? 0) + sign));
    this.touched.add(batchId);
  }
}
