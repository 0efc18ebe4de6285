import type { Timers } from '@bulkhead/hypervisor/simulated';

/** What a job waits until a worker has it, measured of the queue that is used by default. */
export const PICKUP_MS = 2;

/** The queue of jobs in memory: first in, first out, each picked up after a moment. */
export class JobQueue {
  constructor(private readonly timers: Timers) {}

  add(job: () => void): void {
    this.timers.after(PICKUP_MS, job);
  }
}
