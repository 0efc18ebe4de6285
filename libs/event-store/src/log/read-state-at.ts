import type { DomainEvent, RecordedEvent, StreamId, TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';
import type { Evolving, StreamState } from './stream-state.js';

/** A moment of the log: after a position, or what was recorded at or before a time. */
export type LogMoment = { readonly position: number } | { readonly timeMs: TimeMs };

/** What a stream's events up to a moment lead to. */
export interface StateAt<S> extends StreamState<S> {
  /** The last of them; null where there was none yet. */
  readonly last: RecordedEvent | null;
}

/** How many events are in memory at once, however long a stream has become. */
const PAGE_EVENTS = 1_000;

const UP_TO_POSITION = '$3::bigint';
const UP_TO_TIME = '(SELECT log.position_at(to_timestamp($3::bigint / 1000.0::float8)))';

const readPageUpTo = (limit: string) => `
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE stream = $1 AND version > $2 AND position <= ${limit}
   ORDER BY version LIMIT ${PAGE_EVENTS}`;

/**
 * A stream's state as the log led to it at a moment, whoever owns the stream: for audit only. States that
 * read models keep are newer than most moments, so all events are folded, page after page.
 */
export async function readStateAt<S, E extends DomainEvent>(
  pool: pg.Pool,
  stream: StreamId,
  decider: Evolving<S, E>,
  at: LogMoment,
): Promise<StateAt<S>> {
  let state = decider.initialState;
  let last: RecordedEvent | null = null;
  for await (const recorded of streamUpTo(pool, stream, at)) {
    last = recorded;
    state = decider.evolve(state, recorded.event as E);
  }
  return { state, version: last?.version ?? 0, last };
}

/** A stream's events up to a moment, in their order, whoever owns the stream: for audit only. */
export async function* streamUpTo(
  pool: pg.Pool,
  stream: StreamId,
  at: LogMoment,
): AsyncGenerator<RecordedEvent> {
  const [limit, value] = 'position' in at ? [UP_TO_POSITION, at.position] : [UP_TO_TIME, at.timeMs];
  const text = readPageUpTo(limit);
  for (let version = 0; ; ) {
    const { rows } = await pool.query<EventRow>({
      text,
      values: [stream, version, value],
      rowMode: 'array',
      types: LOG_TYPES,
    });
    for (const row of rows) {
      const recorded = recordedEvent(row);
      version = recorded.version;
      yield recorded;
    }
    if (rows.length < PAGE_EVENTS) return;
  }
}
