import {
  BrokenInvariant,
  type DomainEvent,
  fold,
  type RecordedEvent,
  type StreamId,
} from '@bulkhead/domain';
import type { EntityManager } from 'typeorm';
import type { Evolving } from '../log/stream-state.js';

/** What turns batches of events into rows of one table. Running a batch twice changes nothing. */
export interface Projection {
  /** Names the table in schema `read`; with a generation's number, the consumer that makes it. */
  readonly name: string;
  readonly idColumn: string;
  /**
   * Of what the rows are: raised with every change of `evolve` or of a column that gives other rows for
   * the same events. A worker that starts with a higher one than that of the live rows rebuilds them.
   */
  readonly version: number;
  readonly types: readonly DomainEvent['type'][];
  /** What the ids of the streams begin with whose state is kept. */
  readonly prefix: string;
  /** What the states are folded with. */
  readonly decider: Evolving<unknown, DomainEvent>;
  project(
    batch: readonly RecordedEvent[],
    transaction: EntityManager,
    generation: number,
  ): Promise<void>;
  /** The row of a stream with these events, without its id. */
  rowOf(history: readonly DomainEvent[]): Readonly<Record<string, unknown>>;
}

/** A column beside the folded state, for lists to filter and sort by. */
export interface Column<S> {
  readonly name: string;
  readonly kind: 'text' | 'time';
  readonly value: (state: S) => string | number | null;
}

export interface ReadModel<S, E extends DomainEvent> {
  readonly table: string;
  readonly idColumn: string;
  readonly version: number;
  readonly prefix: string;
  readonly types: Readonly<Record<E['type'], true>>;
  readonly decider: Evolving<S, E>;
  readonly columns: readonly Column<S>[];
}

interface Row<S> {
  version: number;
  state: S;
}

/**
 * A projection that folds each stream with the domain's own `evolve`. The row keeps the folded state
 * and its stream version; an event at or below that version has been seen before and is ignored.
 */
export function projectionOf<S, E extends DomainEvent>(model: ReadModel<S, E>): Projection {
  const wanted = new Set<string>(Object.keys(model.types));
  const load = `SELECT ${model.idColumn} AS id, version, state FROM read.${model.table}
     WHERE generation = $2 AND ${model.idColumn} = ANY ($1::text[])`;
  const upsert = upsertSql(model);
  const { idColumn, version, prefix, decider, columns } = model;
  return {
    name: model.table,
    idColumn,
    version,
    prefix,
    decider: decider as Evolving<unknown, DomainEvent>,
    types: [...wanted] as DomainEvent['type'][],
    rowOf(history) {
      const state = fold(decider, history as readonly E[]);
      const beside = columns.map(({ name, value }) => [name, value(state)]);
      return { version: history.length, state, ...Object.fromEntries(beside) };
    },
    async project(batch, transaction, generation) {
      const isWanted = (one: RecordedEvent): one is RecordedEvent<E> => wanted.has(one.event.type);
      const events = batch.filter(isWanted);
      if (events.length === 0) return;
      const ids = [...new Set(events.map(({ stream }) => stream))];
      const rows = new Map<StreamId, Row<S>>();
      const stored: (Row<S> & { id: StreamId })[] = await transaction.query(load, [
        ids,
        generation,
      ]);
      for (const { id, version, state } of stored) rows.set(id, { version, state });
      const changed = foldInto(rows, model, events);
      if (changed.size === 0) return;
      await transaction.query(upsert, [generation, ...columnsOf(model, rows, [...changed])]);
    },
  };
}

function foldInto<S, E extends DomainEvent>(
  rows: Map<StreamId, Row<S>>,
  model: ReadModel<S, E>,
  events: readonly RecordedEvent<E>[],
): Set<StreamId> {
  const changed = new Set<StreamId>();
  for (const { stream, version, position, event } of events) {
    const row = rows.get(stream) ?? { version: 0, state: model.decider.initialState };
    if (version <= row.version) continue;
    if (version !== row.version + 1) {
      throw new BrokenInvariant(
        `read.${model.table} has ${stream} at version ${row.version}, but position ${position} is its version ${version}`,
      );
    }
    rows.set(stream, { version, state: model.decider.evolve(row.state, event) });
    changed.add(stream);
  }
  return changed;
}

/** In the order of ids, so that two writers of the same rows wait for each other instead of deadlocking. */
function upsertSql<S, E extends DomainEvent>({
  table,
  idColumn,
  columns,
}: ReadModel<S, E>): string {
  const names = ['version', 'state', ...columns.map(({ name }) => name)];
  const values = columns.map(({ name, kind }) =>
    kind === 'time' ? `to_timestamp(r.${name} / 1000.0::float8)` : `r.${name}`,
  );
  const arrays = columns.map(
    ({ kind }, nr) => `$${nr + 5}::${kind === 'time' ? 'bigint' : 'text'}[]`,
  );
  return `INSERT INTO read.${table} AS t (generation, ${idColumn}, ${names.join(', ')})
     SELECT $1::integer, r.id, r.version, r.state::jsonb${values.map((value) => `, ${value}`).join('')}
       FROM unnest($2::text[], $3::integer[], $4::text[]${arrays.map((a) => `, ${a}`).join('')})
              AS r (id, ${names.join(', ')})
      ORDER BY r.id
     ON CONFLICT (generation, ${idColumn}) DO UPDATE
        SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
      WHERE t.version < excluded.version`;
}

function columnsOf<S, E extends DomainEvent>(
  { columns }: ReadModel<S, E>,
  rows: ReadonlyMap<StreamId, Row<S>>,
  ids: readonly StreamId[],
): unknown[] {
  const changed = ids.flatMap((id) => {
    const row = rows.get(id);
    return row === undefined ? [] : [{ id, ...row }];
  });
  return [
    changed.map(({ id }) => id),
    changed.map(({ version }) => version),
    changed.map(({ state }) => JSON.stringify(state)),
    ...columns.map(({ value }) => changed.map(({ state }) => value(state))),
  ];
}
