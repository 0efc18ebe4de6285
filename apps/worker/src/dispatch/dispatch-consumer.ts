import type { RecordedEvent } from '@bulkhead/domain';
import { Consumer } from '@bulkhead/event-store';
import type { ConsumerSurroundings } from '../projections/consumer-surroundings.js';
import { dispatchedTypes } from './jobs-for-event.js';

/** The consumer that turns events into jobs. */
export function dispatchConsumer(
  around: ConsumerSurroundings,
  dispatch: (batch: readonly RecordedEvent[]) => Promise<void>,
): Consumer {
  return new Consumer({ ...around, name: 'dispatch', types: dispatchedTypes, apply: dispatch });
}
