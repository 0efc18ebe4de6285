import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { READ_LIMIT_MAX } from '../log/event-log.js';

/** One page of a list, newest first. Ids grow with time, so rows that come meanwhile move nothing. */
export interface Page {
  readonly limit: number;
  /** The last id of the page before; absent for the first page. */
  readonly beforeId?: string;
}

/** The rows of a page, by the column that holds the id. */
export function onPage<R extends ObjectLiteral>(
  query: SelectQueryBuilder<R>,
  idProperty: keyof R & string,
  page: Page,
): Promise<R[]> {
  return narrowedTo(query, idProperty, page).getMany();
}

/** The query of a page's rows, for a list that does not show them whole. */
export function narrowedTo<R extends ObjectLiteral>(
  query: SelectQueryBuilder<R>,
  idProperty: keyof R & string,
  { limit, beforeId }: Page,
): SelectQueryBuilder<R> {
  const column = `${query.alias}.${idProperty}`;
  if (beforeId !== undefined) query.andWhere(`${column} < :beforeId`, { beforeId });
  return query.orderBy(column, 'DESC').limit(Math.min(limit, READ_LIMIT_MAX));
}
