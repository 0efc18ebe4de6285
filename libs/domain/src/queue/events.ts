import type { Event } from '../event.js';

/**
 * An operator had the jobs of a queue tried again that had failed for good. `newestFailureMs` names the newest
 * of them that was known: what failed later is not meant.
 */
export type QueueRetryRequested = Event<
  'QueueRetryRequested',
  1,
  { queue: string; failedJobs: number; newestFailureMs: number; reason: string }
>;

export type QueueEvent = QueueRetryRequested;
