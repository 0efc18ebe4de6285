import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { liveGenerationOf } from './generations.js';

/**
 * Begins every query of a list: it sees the live generation and no other. The sub-select is evaluated
 * once, so the indexes, which begin with the generation, serve as if it were written as a number.
 */
export function liveRows<R extends ObjectLiteral>(
  database: Pick<EntityManager, 'getRepository'>,
  row: EntityTarget<R>,
  projection: string,
  alias: string,
): SelectQueryBuilder<R> {
  return database
    .getRepository(row)
    .createQueryBuilder(alias)
    .where(`${alias}.generation = ${liveGenerationOf(projection)}`);
}
