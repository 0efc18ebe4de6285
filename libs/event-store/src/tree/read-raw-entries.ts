import type pg from 'pg';
import { checkedLimit } from '../log/event-log.js';
import { LOG_TYPES } from '../log/recorded-row.js';
import type { RawEntry } from '../proof/raw-entry.js';

export interface RawReadOptions {
  /** Entries after this position; 0 reads from the beginning. */
  readonly afterPosition: number;
  /** At most this many entries, 1 to 5,000. */
  readonly limit: number;
  /** Once payloads have come to so many bytes, no further entry is read; 8 MiB by default. */
  readonly bytes?: number;
}

export interface RawPage {
  readonly entries: readonly RawEntry[];
  /** Whether the log held nothing behind them; a page may also end because its entries are large. */
  readonly isLast: boolean;
}

/** What an event may be as large as, so that a page of large ones is a few of them. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** Not a whole number of its own type: what somebody wrote into the table may be infinite. */
const milliseconds = (column: string) => `round(date_part('epoch', ${column}) * 1000)`;

/** How many there are is bounded first, so that Postgres measures no more of them than it may have to send. */
const READ_RAW = `
  SELECT position, event_id, stream, version, tenant, type, schema_version,
         ${milliseconds('occurred_at')}, ${milliseconds('recorded_at')}, metadata, payload, found
    FROM (
      SELECT e.*, count(*) OVER () AS found,
             sum(octet_length(e.payload::text)) OVER (
               ORDER BY e.position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
        FROM (SELECT * FROM log.events WHERE position > $1 ORDER BY position LIMIT $2) e) page
   WHERE coalesce(bytes_before, 0) < $3 ORDER BY position`;

type RawRow = [
  position: number,
  eventId: string,
  stream: string,
  version: number,
  tenant: string | null,
  type: string,
  schemaVersion: number,
  occurredAtMs: string,
  recordedAtMs: string,
  metadata: string,
  payload: string,
  found: number,
];

/**
 * The next page of the log as it is stored, in order and across tenants: for the tree and for audit only.
 * Nothing is parsed, so no type is unknown here. Where there is an entry there is one in the page, whatever
 * its size. @throws RangeError for a limit outside its bounds
 */
export async function readRawPage(
  pool: Pick<pg.Pool, 'query'>,
  { afterPosition, limit, bytes = PAGE_BYTES }: RawReadOptions,
): Promise<RawPage> {
  const { rows } = await pool.query<RawRow>({
    name: 'log-read-raw',
    text: READ_RAW,
    values: [afterPosition, checkedLimit(limit), bytes],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  const found = rows[0]?.[FOUND] ?? 0;
  return { entries: rows.map(rawEntry), isLast: found < limit && rows.length === found };
}

/** The entries of `readRawPage`: none only where the log ends. */
export async function readRawEntries(
  pool: Pick<pg.Pool, 'query'>,
  options: RawReadOptions,
): Promise<readonly RawEntry[]> {
  return (await readRawPage(pool, options)).entries;
}

const FOUND = 11;

function rawEntry(row: RawRow): RawEntry {
  return {
    position: row[0],
    eventId: row[1],
    stream: row[2],
    version: row[3],
    tenant: row[4],
    type: row[5],
    schemaVersion: row[6],
    occurredAtMs: Number(row[7]),
    recordedAtMs: Number(row[8]),
    metadata: row[9],
    payload: row[10],
  };
}
