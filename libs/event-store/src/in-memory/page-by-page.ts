import type { RecordedEvent } from '@bulkhead/domain';
import {
  checkedLimit,
  type LogBatch,
  READ_LIMIT_MAX,
  type ReadAllOptions,
  type StreamAllOptions,
  UnknownStoredEvent,
} from '../log/event-log.js';

type Page = (options: ReadAllOptions) => readonly RecordedEvent[];

/** A log that is in memory anyhow is streamed in the pages that `page` gives, up to `end` at the most. */
export async function* pageByPage(
  page: Page,
  end: number,
  options: StreamAllOptions,
): AsyncGenerator<LogBatch> {
  const { throughPosition: through = end } = options;
  let at = options.afterPosition;
  try {
    while (at < through) {
      const batch = nextBatch(page, { ...options, afterPosition: at }, through);
      yield batch;
      at = batch.throughPosition;
    }
  } catch (error) {
    // What stands before the event that cannot be read is handed on first.
    if (error instanceof UnknownStoredEvent && error.position > at + 1) {
      yield nextBatch(page, { ...options, afterPosition: at }, error.position - 1);
    }
    throw error;
  }
}

/** Never looks beyond `through`, where an event may stand that cannot be read. */
function nextBatch(page: Page, options: StreamAllOptions, through: number): LogBatch {
  const limit = options.batchLimit ?? READ_LIMIT_MAX;
  checkedLimit(limit);
  const reach = Math.min(limit, through - options.afterPosition);
  const events = page({ ...options, limit: reach }).filter(({ position }) => position <= through);
  const last = events.at(-1)?.position ?? through;
  return { events, throughPosition: events.length < reach ? through : last };
}
