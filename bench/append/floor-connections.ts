import { CASES, type Case } from './cases.js';
import type { ContestantProcess } from './contestant-process.js';

/** Pool sizes that the floor may choose from; more connections than appenders are of no use to it. */
const POOL_SIZES = [1, 4, 8, 16, 32] as const;
const TRIES = 2;
const TRY_SECONDS = 0.25;

/** How many connections make the floor fastest, for each concurrency and number of events. */
export type FloorConnections = ReadonlyMap<string, number>;

/** The floor gets whatever suits it best: each of its pool sizes is tried before anything counts. */
export async function chooseFloorConnections(floor: ContestantProcess): Promise<FloorConnections> {
  const chosen = new Map<string, number>();
  for (const one of CASES.filter(({ existing }) => !existing)) {
    let best = { connections: 1, perSecond: 0 };
    const sizes = POOL_SIZES.filter((size) => size <= one.concurrency);
    for (const connections of one.concurrency === 1 ? [1] : sizes.slice(1)) {
      let perSecond = 0;
      for (let nr = 0; nr < TRIES; nr += 1) {
        const loaded = await floor.run({ ...one, seconds: TRY_SECONDS, connections });
        perSecond = Math.max(perSecond, loaded.appends / loaded.seconds);
      }
      if (perSecond > best.perSecond) best = { connections, perSecond };
    }
    chosen.set(one.name, best.connections);
  }
  return chosen;
}

export function connectionsFor(chosen: FloorConnections, { name }: Case): number | null {
  return chosen.get(name) ?? null;
}
