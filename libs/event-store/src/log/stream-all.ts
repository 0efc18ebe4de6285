import type { RecordedEvent } from '@bulkhead/domain';
import pg from 'pg';
import { copiedRow } from './copied-row.js';
import { CopyOut } from './copy-out.js';
import { checkedLimit, type LogBatch, type StreamAllOptions } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { readHead } from './read-all.js';
import { EVENT_COLUMNS, recordedEvent } from './recorded-row.js';

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
    const start = (from: number) => startSegment(client, from, through, unwanted);
    let segment: Segment | null = start(options.afterPosition);
    while (segment !== null) {
      // While one segment is received, the next is already asked for.
      const next: Segment | null = segment.to < through ? start(segment.to) : null;
      yield* batchesOf(segment, limit, known);
      segment = next;
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
}

function startSegment(
  client: pg.ClientBase,
  after: number,
  through: number,
  unwanted: readonly string[],
): Segment {
  const to = Math.min(after + SEGMENT_POSITIONS, through);
  return { to, copy: CopyOut.start(client, statement(after, to, unwanted)) };
}

async function* batchesOf(
  { copy, to }: Segment,
  limit: number,
  known: KnownEvents,
): AsyncGenerator<LogBatch> {
  let events: RecordedEvent[] = [];
  for (let lines = await copy.next(); lines !== null; lines = await copy.next()) {
    for (const line of lines) {
      try {
        events.push(recordedEvent(copiedRow(line), known));
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
    COPY (SELECT ${EVENT_COLUMNS} FROM log.events
           WHERE position > ${after} AND position <= ${to}
             ${unwanted.length === 0 ? '' : `AND type <> ALL (ARRAY[${types}])`}
           ORDER BY position) TO STDOUT`;
}
