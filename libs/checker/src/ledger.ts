import type {
  AdvisoryId,
  AdvisoryPublished,
  BatchId,
  ComputeSystemId,
  HostId,
  HostSpec,
  ImageFacts,
  Isolation,
  IsolationDecision,
  KernelInstanceId,
  OsVersion,
  Policy,
  RecordedEvent,
  Resources,
  TenantId,
  TimeMs,
  TrustBoundary,
  TrustLevel,
  WorkloadId,
  WorkloadRequest,
} from '@bulkhead/domain';

export interface LedgerTenant {
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
}

export interface LedgerHost {
  readonly spec: HostSpec;
  readonly condition: 'registered' | 'up' | 'lost' | 'fenced' | 'retired';
  readonly cordoned: boolean;
  readonly draining: boolean;
  readonly quarantined: boolean;
  /** It is to boot anew, and has not yet. */
  readonly rebooting: boolean;
  /** The position of its newest boot; 0 before the first. */
  readonly bootedPosition: number;
  /** The kernel of its newest boot, until that kernel's end. */
  readonly kernelInstanceId: KernelInstanceId | null;
  readonly osVersion: OsVersion;
}

export interface LedgerKernel {
  readonly kind: 'host' | 'utility-vm';
  readonly trustBoundary: TrustBoundary | null;
  readonly ended: boolean;
}

/** An advisory that was published and not withdrawn. */
export interface LedgerAdvisory {
  readonly published: AdvisoryPublished['payload'];
  readonly position: number;
}

/** An attempt from its WorkloadPlaced to its ComputeSystemReleased. */
export interface LedgerAttempt {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly attempt: number;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly computeSystemId: ComputeSystemId;
  readonly isolation: Isolation;
  readonly trustBoundary: TrustBoundary;
  readonly reserved: Resources;
  readonly placedAtMs: TimeMs;
  readonly placedPosition: number;
  authorized: boolean;
  started: boolean;
  /** It exited, failed to start or was lost: nothing of it runs any more. */
  over: boolean;
  evicted: boolean;
  deadlineExceeded: boolean;
}

export interface LedgerWorkload {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly request: WorkloadRequest;
  readonly image: ImageFacts;
  readonly batch: { readonly batchId: BatchId; readonly index: number } | null;
  readonly submittedAtMs: TimeMs;
  decision: IsolationDecision | null;
  /** True once any decision of the workload said `hyperv`. */
  raised: boolean;
  cancelRequested: boolean;
  /** The attempt that holds a place. */
  attempt: LedgerAttempt | null;
}

/**
 * What the log holds at a position, restated in the checker's own lines: the deciders' states are not
 * used, so that their mistakes are not repeated. Workloads are dropped at their end.
 */
export class Ledger {
  position = 0;
  recordedAtMs: TimeMs = 0;
  policy: { readonly version: number; readonly policy: Policy } | null = null;
  placerTerm = 0;
  readonly tenants = new Map<TenantId, LedgerTenant>();
  readonly hosts = new Map<HostId, LedgerHost>();
  readonly advisories = new Map<AdvisoryId, LedgerAdvisory>();
  /** Kernels of hosts for ever, those of utility VMs until their end. */
  readonly kernels = new Map<KernelInstanceId, LedgerKernel>();
  readonly workloads = new Map<WorkloadId, LedgerWorkload>();
  readonly holders = new Map<KernelInstanceId, Set<LedgerAttempt>>();
  readonly used = new Map<HostId, Resources>();

  /** The attempt that the event of a workload's stream is about, while it holds its place. */
  attemptOf(recorded: RecordedEvent): LedgerAttempt | null {
    return this.workloads.get(recorded.stream as WorkloadId)?.attempt ?? null;
  }

  /** A tenant that the log does not know is held hostile, so that nothing is gained by its absence. */
  tenantOf(tenantId: TenantId): LedgerTenant {
    return (
      this.tenants.get(tenantId) ?? { trust: 'hostile', trustBoundary: `own:${tenantId}` as const }
    );
  }

  holdersOf(kernelInstanceId: KernelInstanceId): ReadonlySet<LedgerAttempt> {
    return this.holders.get(kernelInstanceId) ?? nobody;
  }

  usedOn(hostId: HostId): Resources {
    return this.used.get(hostId) ?? nothing;
  }
}

const nobody: ReadonlySet<LedgerAttempt> = new Set();
const nothing: Resources = { cpuMillis: 0, memoryMiB: 0 };
