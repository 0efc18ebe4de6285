/**
 * A shorter list that still fails, found by leaving out parts of it, large ones first. What a step is about
 * depends on what went before it, so that leaving out whole steps finds more than changing their numbers.
 * After so many tries the shortest so far is good enough.
 */
export async function shrink<T>(
  failing: readonly T[],
  triesMax: number,
  fails: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let shortest = failing;
  let tries = 0;
  for (let size = Math.ceil(failing.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < shortest.length; ) {
      if (tries >= triesMax) return shortest;
      tries += 1;
      const candidate = [...shortest.slice(0, from), ...shortest.slice(from + size)];
      if (await fails(candidate)) shortest = candidate;
      else from += size;
    }
  }
  return shortest;
}
