import type { ConsumerTrouble, TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { LOG_TYPES } from '../log/recorded-row.js';

/** A consumer as the workers have left it in Postgres. */
export interface ConsumerRow {
  readonly name: string;
  /** Everything up to here has taken effect. */
  readonly position: number;
  readonly lagEvents: number;
  /** Age of the oldest event that it has not passed; 0 where there is none. */
  readonly lagMs: number;
  /** The process that follows the log for it at this moment; null for none. */
  readonly owner: string | null;
  /** Whose rows it makes; null where it makes none. */
  readonly projection: string | null;
  /** Whether it still builds something that nobody reads yet. */
  readonly isBuilding: boolean;
  /** How many events operators had it leave out. */
  readonly skippedCount: number;
  readonly trouble:
    | (ConsumerTrouble & {
        readonly reason: string;
        readonly sinceMs: TimeMs;
        /** How often processes have stopped there since then. */
        readonly tries: number;
      })
    | null;
}

const LIST = `
  SELECT o.*, g.projection, coalesce(g.state = 'building', false) AS is_building
    FROM consumers.overview() o
    LEFT JOIN read.generations g ON o.name = g.projection || '@' || g.generation
   ORDER BY o.name LIMIT $1`;

/** Far more than there are projections. */
const CONSUMERS_MAX = 1_000;

interface Row {
  name: string;
  position: number;
  lag_events: number;
  lag_ms: number;
  owner: string | null;
  projection: string | null;
  is_building: string;
  skipped: number;
  kind: ConsumerTrouble['kind'] | null;
  trouble_position: number;
  event_id: string | null;
  stream: string | null;
  type: string;
  reason: string;
  may_be_skipped: string;
  since: TimeMs;
  stopped_at: TimeMs;
  tries: number;
}

/** Every consumer that has ever run, by name: for operators. */
export async function listConsumers(pool: pg.Pool): Promise<readonly ConsumerRow[]> {
  const values = [CONSUMERS_MAX];
  const query = { name: 'consumers-list', text: LIST, values, types: LOG_TYPES };
  const { rows } = await pool.query<Row>(query);
  return rows.map((row) => ({
    name: row.name,
    position: row.position,
    lagEvents: row.lag_events,
    lagMs: row.lag_ms,
    owner: row.owner,
    projection: row.projection,
    isBuilding: row.is_building === 't',
    skippedCount: row.skipped,
    trouble: troubleOf(row),
  }));
}

function troubleOf(row: Row): ConsumerRow['trouble'] {
  if (row.kind === null) return null;
  return {
    kind: row.kind,
    position: row.trouble_position,
    eventId: row.event_id,
    stream: row.stream,
    type: row.type,
    stoppedAtMs: row.stopped_at,
    mayBeSkipped: row.may_be_skipped === 't',
    reason: row.reason,
    sinceMs: row.since,
    tries: row.tries,
  };
}
