import { z } from 'zod';
import { queryInt } from '../http/text.js';
import { CURSOR_MAX_LENGTH, type CursorBinding, type Cursors } from './cursors.js';

export const PAGE_LIMIT_MAX = 200;
export const PAGE_LIMIT_DEFAULT = 50;

/** Query parameters that every list takes. */
export const pageQuery = {
  limit: queryInt(1, PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .meta({ description: `How many items at most; ${PAGE_LIMIT_DEFAULT} where left out.` }),
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX_LENGTH)
    .optional()
    .meta({ description: 'The nextCursor of the page before.' }),
};

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** The schema of a page of `item`, named after it in the OpenAPI document. */
export function pageOf<S extends z.ZodType>(item: S, id: string) {
  return z
    .strictObject({
      items: z.array(item),
      nextCursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
    })
    .meta({ id });
}

/**
 * Reads one page: `read` gets the key to start after and how many items to fetch, which is one more
 * than asked for, because only the next item tells whether there is a next page.
 */
export async function readPage<T>(
  cursors: Cursors,
  binding: CursorBinding,
  { limit, cursor }: PageRequest,
  read: (after: string | null, fetch: number) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<Page<T>> {
  const after = cursor === undefined ? null : cursors.open(binding, cursor);
  const fetched = await read(after, limit + 1);
  const items = fetched.slice(0, limit);
  const last = items.at(-1);
  const nextCursor =
    fetched.length > limit && last !== undefined ? cursors.seal(binding, keyOf(last)) : null;
  return { items, nextCursor };
}
