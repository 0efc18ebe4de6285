import type { Event, TimeMs } from '../event.js';
import type {
  BatchId,
  ComputeSystemId,
  HostId,
  KernelInstanceId,
  TenantId,
  WorkloadId,
} from '../ids.js';
import type { CloneDecision } from '../isolation/clone-rules.js';
import type { ImageFacts, Isolation, IsolationDecision } from '../isolation/decision.js';
import type { TrustBoundary, TrustLevel } from '../tenant/events.js';
import type { Resources, WorkloadRequest } from './request.js';
import type { OfAttempt, StageEvent } from './stage-events.js';
import type { FailureCause, TerminalEvent } from './terminal-events.js';

export type {
  ComputeSystemCreated,
  ComputeSystemStarted,
  ImagePulled,
  NetworkAttached,
  StageEvent,
  UtilityVmBooted,
} from './stage-events.js';
export type {
  FailureCause,
  RefusalCode,
  TerminalEvent,
  WorkloadCancelled,
  WorkloadFailed,
  WorkloadRejected,
  WorkloadSucceeded,
  WorkloadTimedOut,
} from './terminal-events.js';

export type WorkloadSubmitted = Event<
  'WorkloadSubmitted',
  3,
  {
    workloadId: WorkloadId;
    tenantId: TenantId;
    batch: { batchId: BatchId; index: number } | null;
    request: WorkloadRequest;
    image: ImageFacts;
  }
>;
/** `attempt` 0 is the floor decided at submission; later ones are decided at placement and only raise. */
export type IsolationDecided = Event<
  'IsolationDecided',
  3,
  { attempt: number; hostId: HostId | null; decision: IsolationDecision }
>;
/** The single most limiting cause, recorded once for each attempt and cause. */
export type DeferralCause =
  | 'no-host'
  | 'host-unavailable'
  | 'kernel-busy'
  | 'cpu'
  | 'memory'
  | 'isolation-unavailable'
  | 'open-advisory'
  | 'tenant-suspended'
  | 'quota';
export type PlacementDeferred = Event<
  'PlacementDeferred',
  1,
  { attempt: number; cause: DeferralCause; detail: string }
>;
/** The intent: logged before any effect. `reserved` is what the host gives up until the release. */
export type WorkloadPlaced = Event<
  'WorkloadPlaced',
  1,
  {
    attempt: number;
    hostId: HostId;
    kernelInstanceId: KernelInstanceId;
    computeSystemId: ComputeSystemId;
    isolation: Isolation;
    trustBoundary: TrustBoundary;
    reserved: Resources;
    placerTerm: number;
  }
>;

/** Trust and boundary were checked again; precedes every `start` that a driver is asked for. */
export type StartAuthorized = Event<
  'StartAuthorized',
  1,
  OfAttempt & {
    trust: TrustLevel;
    trustBoundary: TrustBoundary;
    isolation: Isolation;
    /** Whether its utility VM is cloned; left out where its host had no template of its image. */
    clone?: CloneDecision;
  }
>;

export type ComputeSystemStartFailed = Event<
  'ComputeSystemStartFailed',
  1,
  OfAttempt & { code: string; detail: string }
>;

/** The Host Compute Service's exit types, and `LeaseExpired` for what a host killed on its own. */
export type ExitType = 'GracefulExit' | 'ForcedExit' | 'UnexpectedExit' | 'LeaseExpired';
export type ComputeSystemExited = Event<
  'ComputeSystemExited',
  1,
  OfAttempt & { exitCode: number; exitType: ExitType }
>;
/** It is known to be gone, but not how it ended. */
export type LossCause = 'host-rebooted' | 'host-fenced' | 'lease-expired';
export type ComputeSystemLost = Event<'ComputeSystemLost', 1, OfAttempt & { cause: LossCause }>;
/** Nothing of it is left on the host, and its id is spent. */
export type ComputeSystemReleased = Event<'ComputeSystemReleased', 1, OfAttempt>;

export type EvictionCause =
  | 'trust-changed'
  | 'boundary-changed'
  | 'tenant-suspended'
  | 'open-advisory'
  | 'preempted'
  | 'drain'
  | 'quarantine';
export type WorkloadEvicted = Event<
  'WorkloadEvicted',
  2,
  OfAttempt & { cause: EvictionCause; causedByPosition: number }
>;
/** The run-time limit has passed; permits the stop that WorkloadTimedOut will report. */
export type WorkloadDeadlineExceeded = Event<
  'WorkloadDeadlineExceeded',
  1,
  OfAttempt & { timeoutSeconds: number }
>;

export type AttemptFailed = Event<
  'AttemptFailed',
  1,
  OfAttempt & { cause: FailureCause; countsAgainstMaxAttempts: boolean; detail: string }
>;
export type WorkloadRetryScheduled = Event<
  'WorkloadRetryScheduled',
  1,
  { attempt: number; notBeforeMs: TimeMs }
>;
export type WorkloadCancelRequested = Event<
  'WorkloadCancelRequested',
  1,
  { reason: string | null }
>;

export type WorkloadEvent =
  | WorkloadSubmitted
  | IsolationDecided
  | PlacementDeferred
  | WorkloadPlaced
  | StartAuthorized
  | StageEvent
  | ComputeSystemStartFailed
  | ComputeSystemExited
  | ComputeSystemLost
  | ComputeSystemReleased
  | WorkloadEvicted
  | WorkloadDeadlineExceeded
  | AttemptFailed
  | WorkloadRetryScheduled
  | WorkloadCancelRequested
  | TerminalEvent;
