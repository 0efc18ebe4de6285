import type { Event } from '../event.js';
import type { IsolationReason, RefusalGrounds } from '../isolation/decision.js';

/** `ISOLATION_REFUSED`: a strict request would have to be raised. `UNPLACEABLE`: no host could ever run it. */
export type RefusalCode = 'ISOLATION_REFUSED' | 'UNPLACEABLE';
/** `grounds` are null of refusals from before they were recorded. */
export type WorkloadRejected = Event<
  'WorkloadRejected',
  2,
  { code: RefusalCode; reasons: readonly IsolationReason[]; grounds: RefusalGrounds | null }
>;

/**
 * `image-pull`: the start failed over the image's layers. `timed-out`: it ran longer than it may.
 * `content-erased`: what it would have run was erased before it started.
 */
export type FailureCause =
  | 'exit-code'
  | 'crash'
  | 'start-failed'
  | 'image-pull'
  | 'content-erased'
  | 'timed-out'
  | 'evicted'
  | 'lost';

export type WorkloadSucceeded = Event<'WorkloadSucceeded', 1, { attempt: number }>;
export type WorkloadFailed = Event<
  'WorkloadFailed',
  1,
  { attempt: number; cause: Exclude<FailureCause, 'timed-out'>; exitCode: number | null }
>;
export type WorkloadCancelled = Event<'WorkloadCancelled', 1, { attempt: number | null }>;
export type WorkloadTimedOut = Event<'WorkloadTimedOut', 1, { attempt: number }>;

/** One of them is a workload's last event, and nothing follows it. */
export type TerminalEvent =
  | WorkloadSucceeded
  | WorkloadFailed
  | WorkloadCancelled
  | WorkloadTimedOut
  | WorkloadRejected;
