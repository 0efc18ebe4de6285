import type pg from 'pg';
import { checkedLimit } from '../log/event-log.js';
import { LOG_TYPES } from '../log/recorded-row.js';
import type { RawEntry } from '../proof/raw-entry.js';

export interface RawReadOptions {
  /** Entries after this position; 0 reads from the beginning. */
  readonly afterPosition: number;
  /** At most this many entries, 1 to 5,000. */
  readonly limit: number;
}

/** Not a whole number of its own type: what somebody wrote into the table may be infinite. */
const milliseconds = (column: string) => `round(date_part('epoch', ${column}) * 1000)`;

const READ_RAW = `
  SELECT position, event_id, stream, version, tenant, type, schema_version,
         ${milliseconds('occurred_at')}, ${milliseconds('recorded_at')}, metadata, payload
    FROM log.events WHERE position > $1 ORDER BY position LIMIT $2`;

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
];

/**
 * The log as it is stored, in order and across tenants: for the tree and for audit only. Nothing is
 * parsed, so no type is unknown here. @throws RangeError for a limit outside its bounds
 */
export async function readRawEntries(
  pool: Pick<pg.Pool, 'query'>,
  options: RawReadOptions,
): Promise<readonly RawEntry[]> {
  const { rows } = await pool.query<RawRow>({
    name: 'log-read-raw',
    text: READ_RAW,
    values: [options.afterPosition, checkedLimit(options.limit)],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return rows.map(rawEntry);
}

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
