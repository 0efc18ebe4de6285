import type { RecordedEvent, TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { checkedLimit, type ReadAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

const READ_ALL = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE position > $1 AND position <= $3 ORDER BY position LIMIT $2`;

const READ_ALL_BUT = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE position > $1 AND position <= $3 AND type <> ALL ($4::text[])
   ORDER BY position LIMIT $2`;

const HEAD = 'SELECT coalesce(max(position), 0)::bigint AS head FROM log.events';
/** Runs with the rights of the log's owner, and gives away a number and nothing else. */
const LAST_POSITION = 'SELECT log.last_position()';
/** As an append takes its time: never before what is recorded, also where the server's clock was set back. */
const NOW = `
  SELECT ceil(extract(epoch FROM greatest(clock_timestamp(),
           (SELECT recorded_at FROM log.events ORDER BY position DESC LIMIT 1))) * 1000)::bigint`;

/** The whole log in order, across tenants. */
export async function readAll(
  pool: pg.Pool,
  options: ReadAllOptions,
  known: KnownEvents,
): Promise<readonly RecordedEvent[]> {
  const unwanted = known.unwanted(options.types);
  const { afterPosition, throughPosition = Number.MAX_SAFE_INTEGER } = options;
  const values: unknown[] = [afterPosition, checkedLimit(options.limit), throughPosition];
  const { rows } = await pool.query<EventRow>({
    ...(unwanted.length === 0
      ? { name: 'log-read-all', text: READ_ALL, values }
      : { name: 'log-read-all-but', text: READ_ALL_BUT, values: [...values, unwanted] }),
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row, known));
}

/**
 * Position of the newest event that the role may see; 0 when the log is empty. A reader of the whole log
 * that sees nothing, for want of a policy of its own, must not take the log for read.
 */
export function readHead(pool: pg.Pool): Promise<number> {
  return readNumber(pool, 'log-head', HEAD);
}

/** Position of the newest event, whoever may see it. */
export function readLastPosition(pool: pg.Pool): Promise<number> {
  return readNumber(pool, 'log-last-position', LAST_POSITION);
}

/** What the time of an event would be that were recorded now. */
export function readNow(pool: pg.Pool): Promise<TimeMs> {
  return readNumber(pool, 'log-now', NOW);
}

async function readNumber(pool: pg.Pool, name: string, text: string): Promise<number> {
  const { rows } = await pool.query<[number]>({
    name,
    text,
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows[0]?.[0] ?? 0;
}
