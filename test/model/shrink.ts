/** How many shorter histories are tried before the shortest found so far is shown. */
export const SHRINK_TRIES_MAX = 300;

/**
 * A shorter list that still fails, found by leaving out parts of it, large ones first. What a step is about
 * depends on what went before it, so that leaving out whole steps finds more than changing their numbers.
 */
export async function shrink<T>(
  failing: readonly T[],
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let shortest = failing;
  let tries = 0;
  for (let size = Math.ceil(failing.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < shortest.length; ) {
      if (tries >= SHRINK_TRIES_MAX) return shortest;
      tries += 1;
      const candidate = [...shortest.slice(0, from), ...shortest.slice(from + size)];
      if (await fails(candidate)) shortest = candidate;
      else from += size;
    }
  }
  return shortest;
}
