import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import { BadAnswer } from '../import/tenant-access.js';

const PAGE = 200;
/** Of 200 each: far more than a catalogue or anything else that operators keep has. */
const PAGES_MAX = 1_000;

/**
 * All items of a list, page by page, or the first `most`. A filter that is undefined was not asked for; of one with several values all must hold.
 * @throws BadAnswer where the api does not answer with pages
 */
export async function everyPage<Item>(
  client: ApiClient,
  route: string,
  filters: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  most = Number.POSITIVE_INFINITY,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const narrowed = Object.entries(filters)
    .flatMap(([name, value = []]) =>
      [value].flat().map((one) => `&${name}=${encodeURIComponent(one)}`),
    )
    .join('');
  let after = '';
  for (let page = 0; page < PAGES_MAX && items.length < most; page += 1) {
    const limit = Math.min(PAGE, most - items.length);
    const { body } = await client.get(`${route}?limit=${limit}${narrowed}${after}`);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${route} answered no list`);
    }
    items.push(...(body['items'] as Item[]));
    if (typeof body['nextCursor'] !== 'string') break;
    after = `&cursor=${encodeURIComponent(body['nextCursor'])}`;
  }
  return items;
}
