import type { RecordedEvent, StreamId } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import type { Owner } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

const READ_STREAM = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE ${withinScope('$3')}
     AND stream = $1 AND version > $2 AND tenant IS NOT DISTINCT FROM $3
   ORDER BY version`;

/** One stream in order; empty where it does not exist and, by the same plan, where it is someone else's. */
export async function readStream(
  pool: pg.Pool,
  owner: Owner,
  stream: StreamId,
  afterVersion: number,
  known: KnownEvents,
): Promise<readonly RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'log-read-stream',
    text: READ_STREAM,
    values: [stream, afterVersion, owner],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row, known));
}
