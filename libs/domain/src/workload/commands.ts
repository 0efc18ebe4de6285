import type { TimeMs } from '../event.js';
import type {
  AdvisoryId,
  BatchId,
  ComputeSystemId,
  HostId,
  KernelInstanceId,
  TenantId,
  WorkloadId,
} from '../ids.js';
import type { CloneDecision } from '../isolation/clone-rules.js';
import type {
  ImageFacts,
  IsolationDecision,
  IsolationReason,
  RefusalGrounds,
} from '../isolation/decision.js';
import type { HostShape } from '../placement/unrunnable.js';
import type { Policy } from '../policy/events.js';
import type { TrustBoundary, TrustLevel } from '../tenant/events.js';
import type { DeferralCause, EvictionCause, ExitType, LossCause, RefusalCode } from './events.js';
import type { Resources, WorkloadRequest } from './request.js';
import type { StageTiming } from './state.js';

/** Decides floor and boundary from what the writer read; the append guards the streams it read. */
export interface SubmitWorkload {
  readonly kind: 'submit-workload';
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly batch: { readonly batchId: BatchId; readonly index: number } | null;
  readonly request: WorkloadRequest;
  readonly image: ImageFacts;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  readonly policy: Policy;
  readonly policyVersion: number;
  /** Every host that is not retired; none at all makes the workload wait for the first. */
  readonly hosts: readonly HostShape[];
  readonly nowMs: TimeMs;
}

export interface PlaceAttempt {
  readonly kind: 'place-attempt';
  readonly attempt: number;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly computeSystemId: ComputeSystemId;
  /** What the placement decided for this host; recorded where it is new. */
  readonly decision: IsolationDecision;
  readonly reserved: Resources;
  readonly placerTerm: number;
  readonly nowMs: TimeMs;
}

export interface DeferPlacement {
  readonly kind: 'defer-placement';
  readonly attempt: number;
  readonly cause: DeferralCause;
  readonly detail: string;
  readonly nowMs: TimeMs;
}

/** No host can ever run it any more: its floor has risen, or the fleet has changed. */
export interface RejectUnplaceable {
  readonly kind: 'reject-unplaceable';
  readonly code: RefusalCode;
  readonly reasons: readonly IsolationReason[];
  readonly grounds: RefusalGrounds;
  readonly nowMs: TimeMs;
}

/** Asked by the start job, with the tenant, the host and the advisories as they are now, under guards of their streams. */
export interface AuthorizeStart {
  readonly kind: 'authorize-start';
  readonly computeSystemId: ComputeSystemId;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  readonly suspended: boolean;
  /** Open advisories that break the host's kernel for its silos, where policy lets them say something. */
  readonly kernelBrokenBy: readonly AdvisoryId[];
  /** What was decided about the templates of its image on the host; null where there are none. */
  readonly clone: CloneDecision | null;
  readonly nowMs: TimeMs;
}

/** `timings` ends with the stage `start`. Reported times are kept as they were reported. */
export interface ReportStarted {
  readonly kind: 'report-started';
  readonly computeSystemId: ComputeSystemId;
  readonly timings: readonly StageTiming[];
}

export interface ReportStartFailed {
  readonly kind: 'report-start-failed';
  readonly computeSystemId: ComputeSystemId;
  readonly code: string;
  readonly detail: string;
  readonly occurredAtMs: TimeMs;
}

/** An exit may be heard without the start before it; `timings` then brings what was missed. */
export interface ReportExited {
  readonly kind: 'report-exited';
  readonly computeSystemId: ComputeSystemId;
  readonly timings: readonly StageTiming[];
  readonly exitCode: number;
  readonly exitType: ExitType;
  readonly occurredAtMs: TimeMs;
}

/** Its end is certain (the host booted anew, was fenced, or its lease ran out), how it ended is not. */
export interface ReportLost {
  readonly kind: 'report-lost';
  readonly computeSystemId: ComputeSystemId;
  readonly cause: LossCause;
  readonly nowMs: TimeMs;
}

/** The driver has released it, or the host that had it is gone. */
export interface ReportReleased {
  readonly kind: 'report-released';
  readonly computeSystemId: ComputeSystemId;
  /** From 0 up to 1, drawn by the writer: how much of a wait before the next attempt is taken away. */
  readonly chance: number;
  readonly nowMs: TimeMs;
}

export interface EvictWorkload {
  readonly kind: 'evict';
  readonly computeSystemId: ComputeSystemId;
  readonly cause: EvictionCause;
  readonly causedByPosition: number;
  readonly nowMs: TimeMs;
}

export interface ExceedDeadline {
  readonly kind: 'exceed-deadline';
  readonly computeSystemId: ComputeSystemId;
  readonly nowMs: TimeMs;
}

export interface CancelWorkload {
  readonly kind: 'cancel';
  readonly reason: string | null;
  readonly nowMs: TimeMs;
}

export type WorkloadCommand =
  | SubmitWorkload
  | PlaceAttempt
  | DeferPlacement
  | RejectUnplaceable
  | AuthorizeStart
  | ReportStarted
  | ReportStartFailed
  | ReportExited
  | ReportLost
  | ReportReleased
  | EvictWorkload
  | ExceedDeadline
  | CancelWorkload;
