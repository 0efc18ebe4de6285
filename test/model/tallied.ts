import type {
  BatchId,
  ComputeSystemId,
  DeferralCause,
  HostId,
  HostSpec,
  ImageFacts,
  Isolation,
  KernelInstanceId,
  OsVersion,
  Resources,
  TenantId,
  TenantQuota,
  TimeMs,
  TrustBoundary,
  TrustLevel,
  WorkloadRequest,
  WorkloadSubmitted,
} from '@bulkhead/domain';

/** What a tenant or a host holds. */
export interface Held {
  workloads: number;
  cpuMillis: number;
  memoryMiB: number;
  utilityVms: number;
}

export interface TalliedTenant extends Held {
  trust: TrustLevel;
  trustBoundary: TrustBoundary;
  suspended: boolean;
  evictsRunning: boolean;
  /** Null until an operator sets one. */
  quota: TenantQuota | null;
}

export interface TalliedHost extends Held {
  readonly spec: HostSpec;
  osVersion: OsVersion;
  /** Attempts here that were told to go and still hold their place. */
  leaving: number;
  /** Since when the log has held that one of them has to go; null while nobody has. */
  leavingSinceMs: TimeMs | null;
}

export interface TalliedAttempt {
  readonly attempt: number;
  readonly computeSystemId: ComputeSystemId;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly isolation: Isolation;
  readonly trustBoundary: TrustBoundary;
  readonly reserved: Resources;
  started: boolean;
  over: boolean;
  evicted: boolean;
}

export interface TalliedWorkload {
  readonly tenantId: TenantId;
  readonly batchId: BatchId | null;
  readonly request: WorkloadRequest;
  readonly image: ImageFacts;
  readonly submittedAtMs: TimeMs;
  nextAttempt: number;
  notBeforeMs: TimeMs;
  countedFailures: number;
  deferrals: DeferralCause[];
  held: TalliedAttempt | null;
}

export function nothingHeld(): Held {
  return { workloads: 0, cpuMillis: 0, memoryMiB: 0, utilityVms: 0 };
}

/** One that nothing runs on yet. */
export function talliedHost(spec: HostSpec): TalliedHost {
  const { osVersion } = spec;
  return { spec, osVersion, leaving: 0, leavingSinceMs: null, ...nothingHeld() };
}

/** One that waits for its first attempt. */
export function talliedWorkload({ payload, occurredAtMs }: WorkloadSubmitted): TalliedWorkload {
  const { tenantId, batch, request, image } = payload;
  return {
    tenantId,
    batchId: batch?.batchId ?? null,
    request,
    image,
    // Patience counts from when the submission was decided, however late the log could record it.
    submittedAtMs: occurredAtMs,
    nextAttempt: 1,
    notBeforeMs: 0,
    countedFailures: 0,
    deferrals: [],
    held: null,
  };
}
