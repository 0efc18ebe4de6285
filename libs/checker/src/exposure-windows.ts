import type {
  ComputeSystemId,
  EvictionCause,
  HostId,
  KernelInstanceId,
  RecordedEvent,
  TenantId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import type { Ledger, LedgerAttempt, LedgerTenant } from './ledger.js';

/**
 * From the change of trust or boundary, or the advisory, that forbids a silo to that silo's release: the audited time in
 * which a kernel was shared although it should not have been.
 */
export interface ExposureWindow {
  readonly kernelInstanceId: KernelInstanceId;
  readonly hostId: HostId;
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  readonly computeSystemId: ComputeSystemId;
  readonly cause: EvictionCause;
  readonly openedByPosition: number;
  readonly openedAtMs: TimeMs;
  evictedAtMs: TimeMs | null;
  /** Null while it is open. A change back closes it too, and the end of an advisory. */
  closedAtMs: TimeMs | null;
  /** Whose silos held a place on the same kernel meanwhile; the tenant's own are not named. */
  readonly exposedTo: { readonly workloadId: WorkloadId; readonly tenantId: TenantId }[];
}

/** How many windows a report shows; all are counted. */
export const WINDOWS_KEPT = 1_000;

export interface OpenWindow {
  readonly window: ExposureWindow;
  readonly attempt: LedgerAttempt;
}

/** Opens and closes windows as the log goes on. */
export class ExposureWindows {
  readonly kept: ExposureWindow[] = [];
  readonly open = new Map<ComputeSystemId, OpenWindow>();
  total = 0;

  /** Called with the ledger as it was before the event. */
  see(recorded: RecordedEvent, ledger: Ledger): void {
    const { event, recordedAtMs } = recorded;
    switch (event.type) {
      case 'TenantTrustChanged':
      case 'TenantBoundaryChanged':
        this.judgeTenant(recorded, ledger);
        return;
      case 'WorkloadPlaced':
        for (const { window } of this.open.values()) {
          if (window.kernelInstanceId !== event.payload.kernelInstanceId) continue;
          const workload = ledger.workloads.get(recorded.stream as WorkloadId);
          if (workload !== undefined) expose(window, workload);
        }
        return;
      case 'WorkloadEvicted': {
        const opened = this.open.get(event.payload.computeSystemId);
        if (opened !== undefined) opened.window.evictedAtMs ??= recordedAtMs;
        return;
      }
      case 'ComputeSystemReleased':
        this.close(event.payload.computeSystemId, recordedAtMs);
        return;
      default:
        return;
    }
  }

  /** Counts a window, and shows it where there is room. */
  keep(window: ExposureWindow): void {
    this.total += 1;
    if (this.kept.length < WINDOWS_KEPT) this.kept.push(window);
  }

  private judgeTenant(recorded: RecordedEvent, ledger: Ledger): void {
    const tenantId = recorded.stream as TenantId;
    const tenant = changedTenant(recorded, ledger.tenantOf(tenantId));
    for (const { tenantId: owner, attempt } of ledger.workloads.values()) {
      if (owner !== tenantId || attempt === null) continue;
      const cause = forbiddenBecause(attempt, tenant);
      if (cause === null) this.close(attempt.computeSystemId, recorded.recordedAtMs);
      else if (!this.open.has(attempt.computeSystemId))
        this.begin(attempt, cause, recorded, ledger);
    }
  }

  private begin(
    attempt: LedgerAttempt,
    cause: EvictionCause,
    recorded: RecordedEvent,
    ledger: Ledger,
  ): void {
    const window = windowOf(attempt, cause, recorded, ledger);
    this.open.set(attempt.computeSystemId, { window, attempt });
    this.keep(window);
  }

  private close(computeSystemId: ComputeSystemId, atMs: TimeMs): void {
    const opened = this.open.get(computeSystemId);
    if (opened === undefined) return;
    opened.window.closedAtMs = atMs;
    this.open.delete(computeSystemId);
  }
}

/** A window that opens with this event, with everybody who shares the kernel then. */
export function windowOf(
  attempt: LedgerAttempt,
  cause: EvictionCause,
  { position, recordedAtMs }: RecordedEvent,
  ledger: Ledger,
): ExposureWindow {
  const { kernelInstanceId, hostId, tenantId, workloadId, computeSystemId } = attempt;
  const window: ExposureWindow = {
    kernelInstanceId,
    hostId,
    tenantId,
    workloadId,
    computeSystemId,
    cause,
    openedByPosition: position,
    openedAtMs: recordedAtMs,
    evictedAtMs: null,
    closedAtMs: null,
    exposedTo: [],
  };
  for (const holder of ledger.holdersOf(kernelInstanceId)) expose(window, holder);
  return window;
}

function expose(
  window: ExposureWindow,
  { workloadId, tenantId }: { workloadId: WorkloadId; tenantId: TenantId },
): void {
  if (tenantId !== window.tenantId) window.exposedTo.push({ workloadId, tenantId });
}

function changedTenant({ event }: RecordedEvent, before: LedgerTenant): LedgerTenant {
  if (event.type === 'TenantTrustChanged') return { ...before, trust: event.payload.to };
  if (event.type === 'TenantBoundaryChanged') {
    return { ...before, trustBoundary: event.payload.to };
  }
  return before;
}

/** Promises 1 and 2 for what runs already, or null where it may go on. */
function forbiddenBecause(attempt: LedgerAttempt, tenant: LedgerTenant): EvictionCause | null {
  if (attempt.isolation !== 'process') return null;
  if (tenant.trust === 'hostile') return 'trust-changed';
  return tenant.trustBoundary === attempt.trustBoundary ? null : 'boundary-changed';
}
