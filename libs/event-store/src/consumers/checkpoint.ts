import type { DataSource, EntityManager } from 'typeorm';
import type { Lease } from './lease.js';

/** Somebody else owns the consumer now, or moved its checkpoint: the transaction must not commit. */
export class CheckpointRefused extends Error {
  override readonly name = 'CheckpointRefused';
}

export interface CheckpointMove {
  readonly name: string;
  readonly lease: Lease;
  readonly owner: string;
  readonly from: number;
  readonly to: number;
}

/** A start beyond the head would silently pass over what is still to come. */
const LOAD = `
  WITH made AS (
    INSERT INTO consumers.checkpoints (name, position, updated_at)
    SELECT $1, $2::bigint, clock_timestamp()
     WHERE $2::bigint <= (SELECT coalesce(max(position), 0) FROM log.events)
    ON CONFLICT (name) DO NOTHING RETURNING position
  )
  SELECT position FROM made
  UNION ALL SELECT position FROM consumers.checkpoints WHERE name = $1`;

/**
 * Moves only from where the mover believes it to be: even if a lease changes hands between this
 * statement and the commit, the next owner's move waits for this row and then finds another position.
 * What it has passed is no trouble any more.
 */
const MOVE = `
  WITH moved AS (
    UPDATE consumers.checkpoints SET position = $3, updated_at = clock_timestamp()
     WHERE name = $1 AND position = $2
       AND EXISTS (SELECT 1 FROM consumers.leases l
                    WHERE l.name = $4 AND l.owner = $5 AND l.epoch = $6)
    RETURNING 1
  ), settled AS (
    DELETE FROM consumers.troubles t USING moved WHERE t.name = $1 AND t.position <= $3
  )
  SELECT count(*)::integer AS moved FROM moved`;

/** One that another process makes at the same moment is seen by the second look. */
const LOOKS_MAX = 2;

/**
 * How far a consumer has come. One that has never run begins after `startAfter`, the beginning of the log
 * by default.
 * @throws RangeError where the log has not come to `startAfter` yet
 */
export async function loadCheckpoint(
  dataSource: DataSource,
  name: string,
  startAfter = 0,
): Promise<number> {
  for (let look = 1; look <= LOOKS_MAX; look += 1) {
    const rows: { position: string }[] = await dataSource.query(LOAD, [name, startAfter]);
    if (rows[0] !== undefined) return Number(rows[0].position);
  }
  throw new RangeError(`consumer ${name} cannot start after ${startAfter}, beyond the log's head`);
}

/**
 * Moves a checkpoint within the transaction of the effects that it stands for.
 * @throws CheckpointRefused where the lease was taken over or the checkpoint is elsewhere
 */
export async function moveCheckpoint(transaction: EntityManager, move: CheckpointMove) {
  const { name, lease, owner, from, to } = move;
  const values = [name, from, to, lease.name, owner, lease.epoch];
  const rows: { moved: number }[] = await transaction.query(MOVE, values);
  if (rows[0]?.moved !== 1) {
    throw new CheckpointRefused(`checkpoint ${name} is not at ${from} or has another owner`);
  }
}
