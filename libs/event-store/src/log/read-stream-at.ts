import type { RecordedEvent, StreamId, TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

/** A moment of the log: after a position, or what was recorded at or before a time. */
export type LogMoment = { readonly position: number } | { readonly timeMs: TimeMs };

const UP_TO_POSITION = '$2::bigint';
const UP_TO_TIME = '(SELECT log.position_at(to_timestamp($2::bigint / 1000.0::float8)))';

const readUpTo = (limit: string) => `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE stream = $1 AND position <= ${limit} ORDER BY version`;

/** A stream as the log held it at a moment, whoever owns it: for audit only. */
export async function readStreamAt(
  pool: pg.Pool,
  stream: StreamId,
  at: LogMoment,
): Promise<readonly RecordedEvent[]> {
  const [limit, value] = 'position' in at ? [UP_TO_POSITION, at.position] : [UP_TO_TIME, at.timeMs];
  const { rows } = await pool.query<EventRow>({
    text: readUpTo(limit),
    values: [stream, value],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row));
}
