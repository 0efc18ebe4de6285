import type { DataSource, EntityManager } from 'typeorm';
import { consumerOf, type Generation, generationIn, lockGenerations } from './generations.js';
import type { Projection } from './read-model.js';

/** What a process wants of a projection: rows of its own version that answer every request. */
export interface Wanted {
  readonly version: number;
  readonly request: number;
}

export type RebuildStep = 'nothing' | 'leave-to-newer' | 'join' | 'begin';

/**
 * What has to be done with these generations, seen by a process of this version. A process never
 * rebuilds what a newer one made or is making, so that processes of two releases cannot fight.
 */
export function rebuildStep(generations: readonly Generation[], wanted: Wanted): RebuildStep {
  const live = generationIn(generations, 'live');
  const building = generationIn(generations, 'building');
  const newest = Math.max(live?.version ?? 0, building?.version ?? 0);
  if (wanted.version < newest) return 'leave-to-newer';
  if (building?.version === wanted.version) {
    return building.request < wanted.request ? 'join' : 'nothing';
  }
  const isEnough = live?.version === wanted.version && live.request >= wanted.request;
  return isEnough ? 'nothing' : 'begin';
}

const BEGIN = `
  INSERT INTO read.generations
    (projection, version, request, state, target_position, begun_at)
  SELECT $1, $2, $3, 'building', coalesce(max(position), 0), clock_timestamp() FROM log.events`;

/** Begins a rebuild, or lets one under way answer a new request too. Two processes at once do it once. */
export async function rebuildWhereNeeded(
  dataSource: DataSource,
  { name, version }: Pick<Projection, 'name' | 'version'>,
  request: number,
): Promise<RebuildStep> {
  return dataSource.transaction(async (transaction) => {
    const generations = await lockGenerations(transaction, name);
    const step = rebuildStep(generations, { version, request });
    const building = generationIn(generations, 'building');
    if (step === 'join') {
      await transaction.query('UPDATE read.generations SET request = $2 WHERE generation = $1', [
        building?.generation,
        request,
      ]);
    } else if (step === 'begin') {
      if (building !== undefined) await retire(transaction, building);
      await transaction.query(BEGIN, [name, version, request]);
    }
    return step;
  });
}

/** With its checkpoint, so that no consumer of it that has not heard goes on or shows as one that trails. */
async function retire(transaction: EntityManager, generation: Generation): Promise<void> {
  await transaction.query(`UPDATE read.generations SET state = 'retired' WHERE generation = $1`, [
    generation.generation,
  ]);
  await transaction.query('DELETE FROM consumers.checkpoints WHERE name = $1', [
    consumerOf(generation),
  ]);
}

const PUT_LIVE = `
  UPDATE read.generations SET state = 'live', live_since = clock_timestamp() WHERE generation = $1`;

const POSITIONS =
  'SELECT name, position FROM consumers.checkpoints WHERE name = ANY ($1) FOR UPDATE';

/**
 * Lets readers see the generation that was built, unless it has not come as far as the live one: no
 * reader ever sees an older state than before. True when it is live.
 */
export async function swap(
  dataSource: DataSource,
  { projection, generation }: Pick<Generation, 'projection' | 'generation'>,
): Promise<boolean> {
  return dataSource.transaction(async (transaction) => {
    const generations = await lockGenerations(transaction, projection);
    const building = generationIn(generations, 'building');
    if (building?.generation !== generation) return false;
    const live = generationIn(generations, 'live');
    if (live !== undefined) {
      const names = [consumerOf(building), consumerOf(live)];
      const rows: { name: string; position: string }[] = await transaction.query(POSITIONS, [
        names,
      ]);
      const position = (name?: string) =>
        Number(rows.find((row) => row.name === name)?.position ?? 0);
      if (position(names[0]) < position(names[1])) return false;
      await retire(transaction, live);
    }
    await transaction.query(PUT_LIVE, [generation]);
    return true;
  });
}

/** Rows of one transaction: few enough that it is short, and that its garbage is soon collected. */
export const SWEEP_BATCH_ROWS = 5_000;

/**
 * Deletes some rows of a retired generation, and when none is left, the generation. Processes may do it
 * side by side. True when there is nothing left to do.
 */
export async function sweep(
  dataSource: DataSource,
  { name: table, idColumn }: Pick<Projection, 'name' | 'idColumn'>,
  generation: number,
): Promise<boolean> {
  const [deleted]: { rows: number }[] = await dataSource.query(
    `WITH gone AS (
       DELETE FROM read.${table} WHERE generation = $1 AND ${idColumn} IN (
         SELECT ${idColumn} FROM read.${table} WHERE generation = $1
          LIMIT ${SWEEP_BATCH_ROWS} FOR UPDATE SKIP LOCKED) RETURNING 1)
     SELECT count(*)::integer AS rows FROM gone`,
    [generation],
  );
  if ((deleted?.rows ?? 0) > 0) return false;
  const consumer = consumerOf({ projection: table, generation });
  const [forgotten]: { rows: number }[] = await dataSource.query(
    `WITH gone AS (
       DELETE FROM read.generations WHERE generation = $1 AND state = 'retired'
          AND NOT EXISTS (SELECT FROM read.${table} WHERE generation = $1) RETURNING 1),
     lease AS (
       DELETE FROM consumers.leases WHERE name = 'consumer:' || $2 AND EXISTS (SELECT FROM gone))
     SELECT count(*)::integer AS rows FROM gone`,
    [generation, consumer],
  );
  return (forgotten?.rows ?? 0) > 0;
}
