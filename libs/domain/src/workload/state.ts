import type { TimeMs } from '../event.js';
import type {
  BatchId,
  ComputeSystemId,
  HostId,
  KernelInstanceId,
  TemplateId,
  TenantId,
  WorkloadId,
} from '../ids.js';
import type {
  ImageFacts,
  Isolation,
  IsolationDecision,
  IsolationReason,
} from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { CloneOrigin } from '../vm-template/events.js';
import type { DeferralCause, EvictionCause, ExitType, FailureCause, LossCause } from './events.js';
import type { Resources, WorkloadRequest } from './request.js';

/**
 * What a tenant sees. `unknown` is not here: it is `placed` to `running` on a host that was lost, and
 * only the host's stream tells.
 */
export type WorkloadStatus =
  | 'absent'
  | 'submitted'
  | 'waiting'
  | 'placed'
  | 'starting'
  | 'running'
  | 'retrying'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'timed-out'
  | 'rejected';

/** How far the attempt's compute system has come. `released` means that nothing of it is left. */
export type AttemptStage =
  | 'placed'
  | 'authorized'
  | 'started'
  | 'start-failed'
  | 'exited'
  | 'lost'
  | 'released';

/** A template, and the boundary that the tenant had when the clone was authorized. */
export interface ClonedFrom {
  readonly templateId: TemplateId;
  readonly trustBoundary: TrustBoundary;
}

export interface StageTiming {
  readonly stage: 'image-pull' | 'utility-vm-boot' | 'create' | 'network-attach' | 'start';
  readonly path: 'cold' | 'cloned' | 'claimed' | null;
  readonly startedAtMs: TimeMs;
  readonly finishedAtMs: TimeMs;
  /** Only with the boot of a utility VM that was cloned. */
  readonly clone?: CloneOrigin;
}

export interface AttemptState {
  readonly attempt: number;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly computeSystemId: ComputeSystemId;
  readonly isolation: Isolation;
  readonly trustBoundary: TrustBoundary;
  readonly reserved: Resources;
  readonly stage: AttemptStage;
  /** Of the newest authorization: the template that its utility VM is cloned from, if any. */
  readonly clonedFrom?: ClonedFrom;
  readonly placedAtMs: TimeMs;
  readonly startedAtMs: TimeMs | null;
  readonly timings: readonly StageTiming[];
  readonly exit: {
    readonly exitCode: number;
    readonly exitType: ExitType;
    readonly atMs: TimeMs;
  } | null;
  readonly startFailure: { readonly code: string; readonly detail: string } | null;
  readonly loss: LossCause | null;
  readonly eviction: EvictionCause | null;
  readonly deadlineExceeded: boolean;
  readonly failure: { readonly cause: FailureCause; readonly counted: boolean } | null;
}

export interface WorkloadState {
  readonly workloadId: WorkloadId | null;
  readonly tenantId: TenantId | null;
  readonly batch: { readonly batchId: BatchId; readonly index: number } | null;
  readonly status: WorkloadStatus;
  readonly request: WorkloadRequest | null;
  readonly image: ImageFacts | null;
  readonly submittedAtMs: TimeMs;
  readonly endedAtMs: TimeMs | null;
  /** The newest decision; its isolation is the floor of every later one. */
  readonly decision: IsolationDecision | null;
  readonly refusal: {
    readonly code: 'ISOLATION_REFUSED' | 'UNPLACEABLE';
    readonly reasons: readonly IsolationReason[];
  } | null;
  /** Number of the attempt that is placed or will be placed next; 1 for a new workload. */
  readonly nextAttempt: number;
  /** The next attempt must not be placed before. */
  readonly notBeforeMs: TimeMs;
  readonly deferrals: readonly DeferralCause[];
  readonly cancelRequested: boolean;
  /** The attempt that holds or held a place; at most one is not released. */
  readonly current: AttemptState | null;
  /** Attempts that are over, oldest first, at most 20; older ones are in the stream. */
  readonly past: readonly AttemptState[];
  readonly countedFailures: number;
  readonly uncountedFailures: number;
}

/** How many past attempts the state keeps. */
export const PAST_ATTEMPTS_KEPT = 20;

export const absentWorkload: WorkloadState = {
  workloadId: null,
  tenantId: null,
  batch: null,
  status: 'absent',
  request: null,
  image: null,
  submittedAtMs: 0,
  endedAtMs: null,
  decision: null,
  refusal: null,
  nextAttempt: 1,
  notBeforeMs: 0,
  deferrals: [],
  cancelRequested: false,
  current: null,
  past: [],
  countedFailures: 0,
  uncountedFailures: 0,
};

const terminalStatuses: ReadonlySet<WorkloadStatus> = new Set([
  'succeeded',
  'failed',
  'cancelled',
  'timed-out',
  'rejected',
]);

/** Nothing follows a terminal status. */
export function isTerminal(status: WorkloadStatus): boolean {
  return terminalStatuses.has(status);
}

/** The attempt that holds capacity now, or null. */
export function holdingAttempt(state: WorkloadState): AttemptState | null {
  return state.current !== null && state.current.stage !== 'released' ? state.current : null;
}

const waitingStatuses: ReadonlySet<WorkloadStatus> = new Set(['submitted', 'waiting', 'retrying']);

/** Whether it asks for a place: it has not ended, holds none and is not being cancelled. */
export function waitsForPlace(state: WorkloadState): boolean {
  return (
    waitingStatuses.has(state.status) && !state.cancelRequested && holdingAttempt(state) === null
  );
}

/** Whether nothing of the attempt runs any more, so that only its release is still to come. */
export function isOver(attempt: AttemptState): boolean {
  const { stage } = attempt;
  return stage !== 'placed' && stage !== 'authorized' && stage !== 'started';
}

/** Whether the attempt must be stopped and may not be started. */
export function isStopping(state: WorkloadState): boolean {
  const current = state.current;
  return (
    state.cancelRequested ||
    (current !== null && (current.eviction !== null || current.deadlineExceeded))
  );
}
