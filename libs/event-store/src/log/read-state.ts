import type { DomainEvent, StreamId } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import type { Owner } from './event-log.js';
import type { KnownEvents } from './known-events.js';
import { EVENT_COLUMNS, type EventRow, LOG_TYPES, recordedEvent } from './recorded-row.js';
import type { Evolving, StreamState } from './stream-state.js';

/** A read model whose rows hold the folded states of streams, and the version of the code that makes it. */
export interface KeptStates {
  /** Of the projection and of its table in schema `read`. */
  readonly name: string;
  readonly idColumn: string;
  readonly version: number;
  /** What the ids of its streams begin with. */
  readonly prefix: string;
  readonly decider: Evolving<unknown, DomainEvent>;
}

/** Marks the row that is a kept state and no event: positions begin at 1, whatever is written into a row. */
const KEPT = 0;

/**
 * In one statement, so in one snapshot of the database: the kept state, where there is one of this
 * version, and the events after it, or else all events. The event at the state's version vouches for it:
 * it must be in the log and belong to the owner. A state that trails costs more events, never an answer.
 * Row-level security lets only what cannot leak reach an index, and a sub-select counts as that: coalesce
 * outside of it would have the whole stream read.
 */
const readFrom = ({ name, idColumn }: KeptStates) => `
  WITH kept AS MATERIALIZED (
    SELECT s.version, s.state
      FROM read.generations g JOIN read.${name} s ON s.generation = g.generation
     WHERE ${withinScope('$2')}
       AND g.projection = '${name}' AND g.version = $3 AND g.state <> 'retired'
       AND s.${idColumn} = $1
       AND EXISTS (SELECT FROM log.events e WHERE e.stream = $1 AND e.version = s.version
                      AND e.tenant IS NOT DISTINCT FROM $2)
     ORDER BY s.version DESC LIMIT 1)
  SELECT ${KEPT}::bigint, NULL::uuid, $1::text, version, NULL::text, NULL::text, 0,
         NULL, NULL, NULL::json, state::json
    FROM kept
  UNION ALL
  SELECT ${EVENT_COLUMNS} FROM log.events
   WHERE ${withinScope('$2')}
     AND stream = $1 AND version > (SELECT coalesce(max(version), 0) FROM kept)
     AND tenant IS NOT DISTINCT FROM $2
   ORDER BY 4`;

/** The state that a stream's events lead to, from a state that a read model keeps where it can. */
export async function readState<S, E extends DomainEvent>(
  pool: pg.Pool,
  owner: Owner,
  stream: StreamId,
  decider: Evolving<S, E>,
  kept: KeptStates,
  known: KnownEvents,
): Promise<StreamState<S>> {
  const { rows } = await pool.query<EventRow>({
    name: `log-read-state-${kept.name}`,
    text: readFrom(kept),
    values: [stream, owner, kept.version],
    rowMode: 'array',
    types: LOG_TYPES,
  });
  let [state, version] = [decider.initialState, 0];
  for (const row of rows) {
    const [position, , , rowVersion] = row;
    state =
      position === KEPT
        ? (JSON.parse(row[10]) as S)
        : decider.evolve(state, recordedEvent(row, known).event as E);
    version = rowVersion;
  }
  return { state, version };
}
