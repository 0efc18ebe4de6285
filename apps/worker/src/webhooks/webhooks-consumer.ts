import {
  Consumer,
  makeMessages,
  WEBHOOKS_CONSUMER,
  webhooksConsumerTypes,
} from '@bulkhead/event-store';
import type { ConsumerSurroundings } from '../projections/consumer-surroundings.js';
import type { Timers } from '../timers.js';

/** From the end of a batch to its commit; a sender that still looks too early looks again. */
const COMMITTED_AFTER_MS = 20;

/**
 * The consumer that turns the ends of workloads and batches into messages. It sends nothing itself.
 *
 * @param wake tells the sender of this process that there may be something to send
 */
export function webhooksConsumer(
  around: ConsumerSurroundings,
  timers: Timers,
  wake: () => void,
): Consumer {
  return new Consumer({
    ...around,
    name: WEBHOOKS_CONSUMER,
    types: webhooksConsumerTypes,
    // After a gap in a webhook's stream its endpoint would be another one than the log says.
    skips: 'stream',
    apply: async (batch, transaction) => {
      const made = await makeMessages(batch, transaction);
      if (made > 0) timers.after(COMMITTED_AFTER_MS, wake);
    },
  });
}
