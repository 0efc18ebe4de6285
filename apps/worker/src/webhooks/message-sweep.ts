import type { MessageStore } from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import type { Logger } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** For so many days after its end a message stands in the list of deliveries. */
export const MESSAGES_KEPT_DAYS = 7;
/** Messages are kept for days, so what is swept once an hour is at most an hour older. */
export const MESSAGE_SWEEP_EVERY_MS = 60 * 60 * 1000;
/** Few enough that a sweep's transaction is over in a moment. */
export const SWEEP_BATCH_MESSAGES = 1_000;
/** Of one sweep, more than an hour of full load leaves behind; the rest is for the next one. */
const SWEEP_BATCHES_MAX = 10_000;

export interface MessageSweepParts {
  readonly store: Pick<MessageStore, 'sweep'>;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Forgets messages whose days are over. Every worker does it, and those that meet share the work. */
export class MessageSweep implements Component {
  readonly name = 'message-sweep';

  constructor(private readonly parts: MessageSweepParts) {}

  async run(signal: AbortSignal): Promise<void> {
    const { timers, logger } = this.parts;
    while (!signal.aborted) {
      const swept = await this.sweep(signal);
      if (swept > 0) logger.info({ swept }, 'old messages of webhooks forgotten');
      await sleep(timers, MESSAGE_SWEEP_EVERY_MS, signal);
    }
  }

  private async sweep(signal: AbortSignal): Promise<number> {
    let swept = 0;
    for (let batch = 0; batch < SWEEP_BATCHES_MAX && !signal.aborted; batch += 1) {
      const found = await this.parts.store.sweep(MESSAGES_KEPT_DAYS, SWEEP_BATCH_MESSAGES);
      swept += found;
      if (found < SWEEP_BATCH_MESSAGES) break;
    }
    return swept;
  }
}
