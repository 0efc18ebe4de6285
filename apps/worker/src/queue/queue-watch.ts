import { EffectUnavailable, type Leases, type ToldQueues } from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import { sleep, type Timers } from '../timers.js';
import type { BullJobQueue } from './bull-job-queue.js';
import { QUEUE_NAMES } from './job.js';

/** So old is at most what operators see of the queues, while a worker runs. */
export const QUEUES_TOLD_EVERY_MS = 2_000;
const LEASE = 'queues';

export interface QueueWatchParts {
  readonly queue: Pick<BullJobQueue, 'summaries' | 'datastore'>;
  readonly told: Pick<ToldQueues, 'store' | 'storeUnreachable'>;
  readonly leases: Pick<Leases, 'acquire' | 'release'>;
  readonly timers: Timers;
}

/**
 * Tells in Postgres how the queues are, for the api, which reaches neither their schema nor Redis. One
 * worker at a time does it.
 */
export class QueueWatch implements Component {
  readonly name = 'queues';

  constructor(private readonly parts: QueueWatchParts) {}

  async run(signal: AbortSignal): Promise<void> {
    const { leases, timers } = this.parts;
    let held = await leases.acquire(LEASE);
    while (!signal.aborted) {
      if (held !== null) await this.tell();
      await sleep(timers, QUEUES_TOLD_EVERY_MS, signal);
      if (!signal.aborted) held = await leases.acquire(LEASE);
    }
    if (held !== null) await leases.release([held]);
  }

  private async tell(): Promise<void> {
    const { queue, told } = this.parts;
    try {
      await told.store(queue.datastore, await queue.summaries());
    } catch (error) {
      if (!(error instanceof EffectUnavailable)) throw error;
      await told.storeUnreachable(QUEUE_NAMES);
    }
  }
}
