import type { RecordedEvent } from '@bulkhead/domain';
import pg from 'pg';
import { COPIED_COLUMNS } from './copied-row.js';
import { CopyOut } from './copy-out.js';
import { checkedLimit, type LogBatch, type StreamAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { readHead } from './read-all.js';
import { recordedEvent } from './recorded-row.js';

/**
 * How many positions one statement reads. Each sees the log in a snapshot of its own, which ends before
 * a slow reader could hinder anybody with it, and well within the limit on statements.
 */
const SEGMENT_POSITIONS = 20_000;
/** So few that a batch is garbage before V8 moves it to where garbage is costly to find. */
const BATCH_LIMIT = 500;

/**
 * The whole log in order, across tenants, up to where it ends at the time of the call: several times as
 * fast as page after page, because the server reads on while this process parses and folds. Leaving the
 * loop early ends the reading.
 *
 * @throws UnknownStoredEvent instead of handing on an event that this process cannot fold
 */
export async function* streamAll(
  pool: pg.Pool,
  options: StreamAllOptions,
  known: KnownEvents,
): AsyncGenerator<LogBatch> {
  const limit = checkedLimit(options.batchLimit ?? BATCH_LIMIT);
  const through = options.throughPosition ?? (await readHead(pool));
  if (through <= options.afterPosition) return;
  const unwanted = known.unwanted(options.types);
  const client = await pool.connect();
  let isWhole = false;
  try {
    const first = startSegment(client, options.afterPosition, through, unwanted);
    for (let segment: Segment | null = first; segment !== null; segment = segment.next) {
      yield* batchesOf(segment, limit, known);
    }
    isWhole = true;
  } finally {
    // A connection on which rows are still under way is of no use to anybody else.
    client.release(!isWhole);
  }
}

interface Segment {
  /** It holds every event up to here that the one before did not. */
  readonly to: number;
  readonly copy: CopyOut;
  /** Asked for as soon as the server has sent all of this one, while its reader is still at work. */
  next: Segment | null;
}

function startSegment(
  client: pg.ClientBase,
  after: number,
  through: number,
  unwanted: readonly string[],
): Segment {
  const to = Math.min(after + SEGMENT_POSITIONS, through);
  const startNext = () => {
    if (to < through) segment.next = startSegment(client, to, through, unwanted);
  };
  const copy = CopyOut.start(client, statement(after, to, unwanted), startNext);
  const segment: Segment = { to, copy, next: null };
  return segment;
}

async function* batchesOf(
  { copy, to }: Segment,
  limit: number,
  known: KnownEvents,
): AsyncGenerator<LogBatch> {
  let events: RecordedEvent[] = [];
  for (let rows = await copy.next(); rows !== null; rows = await copy.next()) {
    for (const row of rows) {
      try {
        events.push(recordedEvent(row, known));
      } catch (error) {
        // What stands before the event that cannot be read is handed on first.
        if (events.length > 0) yield batchOf(events);
        throw error;
      }
      if (events.length < limit) continue;
      yield batchOf(events);
      events = [];
    }
  }
  yield { events, throughPosition: to };
}

function batchOf(events: readonly RecordedEvent[]): LogBatch {
  return { events, throughPosition: events.at(-1)?.position ?? 0 };
}

/** COPY takes no parameters: positions are checked to be whole numbers, types are quoted. */
function statement(after: number, to: number, unwanted: readonly string[]): string {
  for (const position of [after, to]) {
    if (!Number.isSafeInteger(position)) throw new RangeError(`${position} is not a position`);
  }
  const types = unwanted.map((type) => pg.escapeLiteral(type)).join(', ');
  return `
    COPY (SELECT ${COPIED_COLUMNS} FROM log.events
           WHERE position > ${after} AND position <= ${to}
             ${unwanted.length === 0 ? '' : `AND type <> ALL (ARRAY[${types}])`}
           ORDER BY position) TO STDOUT (FORMAT binary)`;
}
