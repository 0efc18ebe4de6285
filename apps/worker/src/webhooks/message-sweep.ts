import type { MessageStore } from '@bulkhead/event-store';
import { HourlySweep, type SweepParts } from '../hourly-sweep.js';

/** For so many days after its end a message stands in the list of deliveries. */
export const MESSAGES_KEPT_DAYS = 7;
const BATCH_MESSAGES = 1_000;
const BATCHES_MAX = 10_000;

export interface MessageSweepParts extends Pick<SweepParts, 'timers' | 'logger'> {
  readonly store: Pick<MessageStore, 'sweep'>;
}

/** Forgets messages whose days are over. */
export function messageSweep({ store, timers, logger }: MessageSweepParts): HourlySweep {
  return new HourlySweep({
    ...{ name: 'message-sweep', told: 'old messages of webhooks forgotten' },
    forget: (most) => store.sweep(MESSAGES_KEPT_DAYS, most),
    ...{ batchMax: BATCH_MESSAGES, batchesMax: BATCHES_MAX, timers, logger },
  });
}
