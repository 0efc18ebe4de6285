import type { TimeMs } from '@bulkhead/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { CheckpointRefused } from '../consumers/checkpoint.js';

/** `building`: beside the live one, seen by nobody. `live`: what readers see. `retired`: to be deleted. */
export type GenerationState = 'building' | 'live' | 'retired';

/** One making of a projection's rows, from the beginning of the log on, by one version of its code. */
export interface Generation {
  /** Unique among all projections, and never used twice. */
  readonly generation: number;
  readonly projection: string;
  /** The version of the projection's code that makes it. No other version writes into it. */
  readonly version: number;
  /** The newest request for a rebuild that it answers; 0 before the first. */
  readonly request: number;
  readonly state: GenerationState;
  /** The end of the log when it was begun. */
  readonly targetPosition: number;
  readonly begunAtMs: TimeMs;
  readonly liveSinceMs: TimeMs | null;
  /** Everything up to here is in its rows. */
  readonly position: number;
}

/** Each generation is a consumer with a checkpoint and a lease of its own. */
export function consumerOf({
  projection,
  generation,
}: Pick<Generation, 'projection' | 'generation'>) {
  return `${projection}@${generation}`;
}

/** What may be asked: a data source, or a transaction. */
export type Database = Pick<EntityManager, 'query'> | Pick<DataSource, 'query'>;

const READ = `
  SELECT g.generation, g.projection, g.version, g.request, g.state,
         g.target_position::float8 AS "targetPosition",
         extract(epoch FROM g.begun_at)::float8 * 1000 AS "begunAtMs",
         extract(epoch FROM g.live_since)::float8 * 1000 AS "liveSinceMs",
         coalesce(c.position, 0)::float8 AS position
    FROM read.generations g
    LEFT JOIN consumers.checkpoints c ON c.name = g.projection || '@' || g.generation
   WHERE $1::text IS NULL OR g.projection = $1
   ORDER BY g.generation`;

/** Every generation of one projection, or of all, the oldest first. */
export function readGenerations(
  database: Database,
  projection: string | null = null,
): Promise<readonly Generation[]> {
  return database.query(READ, [projection]);
}

/** Of one projection's generations, the one in that state: there is at most one that is live or building. */
export const generationIn = (generations: readonly Generation[], state: GenerationState) =>
  generations.find((one) => one.state === state);

/** For `WHERE generation = …`: the number of the generation that readers see. */
export const liveGenerationOf = (projection: string): string =>
  `(SELECT g.generation FROM read.generations g
     WHERE g.projection = '${projection}' AND g.state = 'live')`;

/**
 * Holds off, until the transaction ends, whoever wants to retire the generation. One that is retired
 * takes no more rows: what its consumer still had in hand must not commit.
 * @throws CheckpointRefused where that has happened already
 */
export async function holdGeneration(transaction: EntityManager, generation: number) {
  const held: unknown[] = await transaction.query(
    `SELECT FROM read.generations WHERE generation = $1 AND state <> 'retired' FOR SHARE`,
    [generation],
  );
  if (held.length === 0) throw new CheckpointRefused(`generation ${generation} is retired`);
}

/**
 * Gives a generation its checkpoint, at the beginning of the log, where it has none. Only whoever is about
 * to run its consumer does so: the consumer itself never makes one (`NEVER_ANEW`), and so cannot bring
 * back that of a generation which was retired in the meantime.
 */
export async function ensureCheckpoint(dataSource: DataSource, generation: number): Promise<void> {
  await dataSource.query(
    `WITH held AS (
       SELECT g.projection || '@' || g.generation AS name FROM read.generations g
        WHERE g.generation = $1 AND g.state <> 'retired' FOR SHARE)
     INSERT INTO consumers.checkpoints (name, position, updated_at)
     SELECT name, 0, clock_timestamp() FROM held ON CONFLICT (name) DO NOTHING`,
    [generation],
  );
}

/** As a consumer's `startAfter`: beyond the head of any log, so that it begins nowhere by itself. */
export const NEVER_ANEW = Number.MAX_SAFE_INTEGER;

/**
 * Locks a projection's generations against all changes and answers them. The lock is a statement of its
 * own, so that the next one sees whatever its previous holder has committed.
 */
export async function lockGenerations(
  transaction: EntityManager,
  projection: string,
): Promise<readonly Generation[]> {
  await transaction.query('SELECT FROM read.generations WHERE projection = $1 FOR UPDATE', [
    projection,
  ]);
  return readGenerations(transaction, projection);
}
