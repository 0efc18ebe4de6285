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

const LOAD = `
  WITH made AS (
    INSERT INTO consumers.checkpoints (name, position, updated_at)
    VALUES ($1, 0, clock_timestamp()) ON CONFLICT (name) DO NOTHING RETURNING position
  )
  SELECT position FROM made
  UNION ALL SELECT position FROM consumers.checkpoints WHERE name = $1`;

/**
 * Moves only from where the mover believes it to be: even if a lease changes hands between this
 * statement and the commit, the next owner's move waits for this row and then finds another position.
 */
const MOVE = `
  WITH moved AS (
    UPDATE consumers.checkpoints SET position = $3, updated_at = clock_timestamp()
     WHERE name = $1 AND position = $2
       AND EXISTS (SELECT 1 FROM consumers.leases l
                    WHERE l.name = $4 AND l.owner = $5 AND l.epoch = $6)
    RETURNING 1
  )
  SELECT count(*)::integer AS moved FROM moved`;

/** How far a consumer has come; 0 for one that has never run. */
export async function loadCheckpoint(dataSource: DataSource, name: string): Promise<number> {
  const rows: { position: string }[] = await dataSource.query(LOAD, [name]);
  return Number(rows[0]?.position ?? 0);
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
