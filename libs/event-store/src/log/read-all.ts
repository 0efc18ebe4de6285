import type { RecordedEvent } from '@bulkhead/domain';
import type pg from 'pg';
import { checkedLimit, type ReadAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

const READ_ALL = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE position > $1 ORDER BY position LIMIT $2`;

const READ_ALL_BUT = `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE position > $1 AND type <> ALL ($3::text[]) ORDER BY position LIMIT $2`;

const HEAD = 'SELECT coalesce(max(position), 0)::bigint AS head FROM log.events';

/** The whole log in order, across tenants. */
export async function readAll(
  pool: pg.Pool,
  options: ReadAllOptions,
  known: KnownEvents,
): Promise<readonly RecordedEvent[]> {
  const unwanted = known.unwanted(options.types);
  const values: unknown[] = [options.afterPosition, checkedLimit(options.limit)];
  const { rows } = await pool.query<EventRow>({
    ...(unwanted.length === 0
      ? { name: 'log-read-all', text: READ_ALL, values }
      : { name: 'log-read-all-but', text: READ_ALL_BUT, values: [...values, unwanted] }),
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map((row) => recordedEvent(row, known));
}

/** Position of the newest event; 0 when the log is empty. */
export async function readHead(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<[number]>({
    name: 'log-head',
    text: HEAD,
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows[0]?.[0] ?? 0;
}
