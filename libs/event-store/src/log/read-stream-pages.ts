import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import type { Owner } from './event-log.js';
import { type KnownEvents, knownEvents } from './known-events.js';
import type { StreamAt } from './moved-streams.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';

/** Events of one stream that are read at once. */
export const PAGE_EVENTS_MAX = 250;

export interface AskedPages {
  readonly owner: Owner;
  /** Each is read on from its version. */
  readonly streams: readonly StreamAt[];
  /** Events of these types are passed over: neither sent nor parsed. */
  readonly without: readonly DomainEvent['type'][];
}

/** What follows in a stream, as far as it fits. */
export interface StreamPage {
  readonly events: readonly RecordedEvent[];
  /** Up to here nothing is left to read, also where all that came was passed over. */
  readonly throughVersion: number;
}

/** The row of an event that is passed over has no payload. Filtered at the top, so that the scope is set first. */
const READ_PAGES = `
  SELECT page.*, asked.nr FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS asked (stream, version, nr)
   CROSS JOIN LATERAL (
     SELECT ${EVENT_COLUMNS.replace(/payload$/, 'CASE WHEN type <> ALL ($4::text[]) THEN payload END AS payload')}
       FROM log.events e
      WHERE e.stream = asked.stream AND e.version > asked.version
        AND e.tenant IS NOT DISTINCT FROM $3
      ORDER BY e.version LIMIT ${PAGE_EVENTS_MAX}) page
   WHERE ${withinScope('$3')}
   ORDER BY asked.nr, page.version`;

/** The next page of each of one owner's streams, in the order asked for; in one round trip. */
export async function readStreamPages(
  pool: pg.Pool,
  { owner, streams, without }: AskedPages,
  known: KnownEvents = knownEvents,
): Promise<readonly StreamPage[]> {
  const { rows } = await pool.query<AskedRow>({
    name: 'log-read-stream-pages',
    text: READ_PAGES,
    values: [
      streams.map(({ stream }) => stream),
      streams.map(({ version }) => version),
      owner,
      without,
    ],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  const pages = streams.map(({ version }) => ({
    events: [] as RecordedEvent[],
    throughVersion: version,
  }));
  for (const row of rows) {
    const [, , , version] = row;
    const page = pages[row[NR] - 1];
    if (page === undefined) continue;
    page.throughVersion = version;
    if ((row[PAYLOAD] as string | null) !== null)
      page.events.push(recordedEvent(row as unknown as EventRow, known));
  }
  return pages;
}

/** A row of the log with the place in the list of the stream that it was read for. */
type AskedRow = [...EventRow, nr: number];
const PAYLOAD = 10;
const NR = 11;
