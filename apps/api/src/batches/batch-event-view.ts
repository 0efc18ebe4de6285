import {
  type BatchEvent,
  type BatchState,
  batchDecider,
  type RecordedEvent,
} from '@bulkhead/domain';
import { timeText } from '../sources.js';
import { BATCH_EVENT_TYPES, type BatchEventView } from './batch-event.schema.js';
import { batchView } from './batch-view.js';

/**
 * A batch after one more event, as far as its progress shows it. What each of up to 10,000 tasks came to is
 * forgotten again: the counts hold it, and to copy it with every event would cost the square of their number.
 */
export function withBatchEvent(state: BatchState, event: BatchEvent): BatchState {
  return { ...batchDecider.evolve(state, event), outcomes: {} };
}

/** An event as its batch's stream shows it; null where it does not. `after` is the batch as it was then. */
export function batchEventView(
  { event, recordedAtMs }: RecordedEvent<BatchEvent>,
  after: BatchState,
): BatchEventView | null {
  const type = BATCH_EVENT_TYPES.find((shown) => shown === event.type);
  if (type === undefined) return null;
  const shown = batchView(after, null, event.occurredAtMs);
  const { status, taskCount, counts, unfinished, skipped, progress, estimatedEndAt } = shown;
  return {
    type,
    occurredAt: timeText(event.occurredAtMs),
    recordedAt: timeText(recordedAtMs),
    reason: 'reason' in event.payload ? event.payload.reason : null,
    tasks:
      event.type === 'BatchTasksFinished' ? event.payload.tasks.map((task) => ({ ...task })) : [],
    batch: {
      ...{ status, taskCount, counts, unfinished, skipped, progress, estimatedEndAt },
      failure: shown.failure,
    },
  };
}
