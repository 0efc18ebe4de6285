import type { RecordedEvent } from '@bulkhead/domain';
import type pg from 'pg';
import { checkedLimit, type ReadAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

const READ_PLATFORM = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE tenant IS NULL AND position > $1 AND position <= $4 AND type <> ALL ($3::text[])
   ORDER BY position LIMIT $2`;

/** The platform's own events (hosts, kernels, policy, images, placer) in order. */
export async function readPlatform(
  pool: pg.Pool,
  options: ReadAllOptions,
  known: KnownEvents,
): Promise<readonly RecordedEvent[]> {
  const { afterPosition, throughPosition = Number.MAX_SAFE_INTEGER } = options;
  const limit = checkedLimit(options.limit);
  const { rows } = await pool.query<EventRow>({
    name: 'log-read-platform',
    text: READ_PLATFORM,
    values: [afterPosition, limit, known.unwanted(options.types), throughPosition],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row, known));
}
