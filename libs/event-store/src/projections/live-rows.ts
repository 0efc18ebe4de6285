import type { TenantId } from '@bulkhead/domain';
import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { type OPERATOR_SCOPE, withinScope } from '../row-scope.js';
import { liveGenerationOf } from './generations.js';

/**
 * Begins every query of a list: it sees the live generation and no other. The sub-select is evaluated
 * once, so the indexes, which begin with the generation, serve as if it were written as a number.
 *
 * @param scope whose rows the database lets through: a tenant, all of them for an operator, or null for
 *   the platform's own
 */
export function liveRows<R extends ObjectLiteral>(
  database: Pick<EntityManager, 'getRepository'>,
  row: EntityTarget<R>,
  projection: string,
  alias: string,
  scope: TenantId | typeof OPERATOR_SCOPE | null,
): SelectQueryBuilder<R> {
  return database
    .getRepository(row)
    .createQueryBuilder(alias)
    .where(withinScope(':scope'), { scope })
    .andWhere(`${alias}.generation = ${liveGenerationOf(projection)}`);
}
