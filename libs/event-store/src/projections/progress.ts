import type pg from 'pg';
import { LOG_TYPES } from '../log/recorded-row.js';

/**
 * What readers see is the live generation, and its consumer's checkpoint says how far that has come. What
 * is kept of webhooks has no generations: it holds deliveries, which no log could give again.
 */
const READ_PROGRESS = `
  SELECT g.projection, coalesce(c.position, 0)
    FROM read.generations g
    LEFT JOIN consumers.checkpoints c ON c.name = g.projection || '@' || g.generation
   WHERE g.state = 'live'
   UNION ALL
  SELECT 'webhooks', coalesce((SELECT position FROM consumers.checkpoints WHERE name = 'webhooks'), 0)`;

/** Up to which position of the log each read model shows everything, by the name of its projection. */
export type ProjectionProgress = ReadonlyMap<string, number>;

/** Positions only ever grow, also where another generation goes live. A projection that never ran has 0. */
export async function readProgress(pool: pg.Pool): Promise<ProjectionProgress> {
  const { rows } = await pool.query<[string, number]>({
    name: 'read-progress',
    text: READ_PROGRESS,
    rowMode: 'array',
    types: LOG_TYPES,
  });
  return new Map(rows);
}
