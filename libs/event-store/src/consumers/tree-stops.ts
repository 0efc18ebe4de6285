import type pg from 'pg';
import { REASON_LENGTH_MAX } from './troubles.js';

/** The tree stops at the log itself and at no event, so this stands where a type of event would. */
const TREE_STOPPED = 'TreeStopped';

/**
 * It is told as long as a worker refuses, so it counts no tries. A log that ends before its tree is in
 * question from its end on.
 */
const STORE = `
  INSERT INTO consumers.troubles AS t
         (name, kind, position, type, reason, may_be_skipped, since, stopped_at)
  SELECT c.name, 'stopped',
         least(c.position, (SELECT coalesce(max(position), 0) FROM log.events)) + 1,
         '${TREE_STOPPED}', $1, false, clock_timestamp(), clock_timestamp()
    FROM consumers.checkpoints c WHERE c.name = 'tree'
  ON CONFLICT (name) DO UPDATE
     SET position = excluded.position, reason = excluded.reason, stopped_at = excluded.stopped_at`;

const SETTLE = `
  DELETE FROM consumers.troubles
   WHERE name = 'tree' AND stopped_at < clock_timestamp() - $1::float8 * interval '1 millisecond'`;

/** Why the tree of the log has stopped, for operators to see where they look for consumers. */
export class TreeStops {
  constructor(private readonly pool: Pick<pg.Pool, 'query'>) {}

  /** Says, or says again, that a worker refuses to build on. */
  async store(reason: string): Promise<void> {
    await this.pool.query(STORE, [reason.slice(0, REASON_LENGTH_MAX)]);
  }

  /** Forgets it where no worker has said so for that long, in milliseconds of the database's clock. */
  async settle(silentMs: number): Promise<void> {
    await this.pool.query(SETTLE, [silentMs]);
  }
}
