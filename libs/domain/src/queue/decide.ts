import { accept, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { QueueStream } from '../ids.js';
import type { QueueEvent, QueueRetryRequested } from './events.js';

export interface RetryQueue {
  readonly kind: 'retry';
  readonly queue: string;
  readonly reason: string;
  /** How many jobs have failed for good, as the workers have last told. */
  readonly failedJobs: number;
  /** When the newest of them did; null where none has. */
  readonly newestFailureMs: TimeMs | null;
  readonly nowMs: TimeMs;
}

export interface QueueState {
  /** Everything that had failed by then was asked for again; null before the first time. */
  readonly retriedUpToMs: TimeMs | null;
}

/** The stream that holds what operators did to a queue of jobs. */
export function queueStream(queue: string): QueueStream {
  return `queue_${queue}`;
}

/** Failures are tried again once for each time that an operator says so, however often the request comes. */
export const queueDecider: Decider<RetryQueue, QueueState, QueueEvent> = {
  initialState: { retriedUpToMs: null },
  decide: ({ queue, reason, failedJobs, newestFailureMs, nowMs }, { retriedUpToMs }) => {
    if (failedJobs === 0 || newestFailureMs === null) {
      return reject('QUEUE_WITHOUT_FAILURES', `No job of queue ${queue} has failed for good.`);
    }
    if (retriedUpToMs !== null && newestFailureMs <= retriedUpToMs) return accept();
    const payload = { queue, failedJobs, newestFailureMs, reason };
    return accept(event<QueueRetryRequested>('QueueRetryRequested', nowMs, payload));
  },
  evolve: (_, { payload }) => ({ retriedUpToMs: payload.newestFailureMs }),
};
