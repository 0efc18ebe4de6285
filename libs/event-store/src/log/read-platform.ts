import type { RecordedEvent } from '@bulkhead/domain';
import type pg from 'pg';
import { checkedLimit, type ReadAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

const READ_PLATFORM = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE tenant IS NULL AND position > $1 AND type <> ALL ($3::text[])
   ORDER BY position LIMIT $2`;

/** The platform's own events (hosts, kernels, policy, images, placer) in order. */
export async function readPlatform(
  pool: pg.Pool,
  options: ReadAllOptions,
  known: KnownEvents,
): Promise<readonly RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'log-read-platform',
    text: READ_PLATFORM,
    values: [options.afterPosition, checkedLimit(options.limit), known.unwanted(options.types)],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row, known));
}
