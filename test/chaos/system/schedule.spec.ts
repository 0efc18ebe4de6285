import { describe, expect, it } from 'vitest';
import { DATASTORES, type Datastore, datastoreOf } from './datastore.js';
import { surelyMade } from './load.js';
import { planOf } from './run-schedule.js';
import { actsWith } from './schedule.js';

/** The seeds that a long run is asked for, each with its half a minute of troubles. */
const SEEDS = Array.from({ length: 50 }, (_, at) => at + 1);
const SECONDS = 30;
const WORKLOADS = 500;

const planOfSeed = (seed: number) =>
  planOf({ seed, seconds: SECONDS, workloads: WORKLOADS, queues: datastoreOf(seed) });

/** Names of what the seeds of a datastore draw. */
function drawn(queues: Datastore): ReadonlySet<string> {
  const seeds = SEEDS.filter((seed) => datastoreOf(seed) === queues);
  return new Set(seeds.flatMap((seed) => planOfSeed(seed).planned.map(({ act }) => act.name)));
}

describe('fifty seeds in a row', () => {
  it.each(DATASTORES)('draw everything that can go wrong with queues in %s', (queues) => {
    const possible = actsWith(queues).map(({ name }) => name);
    expect([...drawn(queues)].sort()).toEqual(possible.sort());
  });

  it('have their queues in Postgres and in Redis, half and half, and half of these with an append-only file', () => {
    const shares = DATASTORES.map(
      (queues) => SEEDS.filter((seed) => datastoreOf(seed) === queues).length / SEEDS.length,
    );
    expect(shares[0]).toBeCloseTo(0.5, 1);
    expect(shares[1]).toBeCloseTo(0.25, 1);
    expect(shares[2]).toBeCloseTo(0.25, 1);
  });

  it('make at least five hundred workloads each, whatever is cancelled, and decide alike whenever they are asked', () => {
    for (const seed of SEEDS) {
      const { load, planned } = planOfSeed(seed);
      const workloads = load.reduce((sum, submission) => sum + surelyMade(submission), 0);
      expect(workloads).toBeGreaterThanOrEqual(WORKLOADS);
      const again = planOfSeed(seed);
      expect([again.load, again.planned]).toEqual([load, planned]);
    }
  });

  it('put the clocks of processes apart, each in either direction', () => {
    const skews = SEEDS.flatMap((seed) => {
      const { skewMs } = planOfSeed(seed);
      return [skewMs(), skewMs(), skewMs()];
    });
    expect(Math.min(...skews)).toBeLessThan(-2_000);
    expect(Math.max(...skews)).toBeGreaterThan(2_000);
    expect(new Set(skews).size).toBeGreaterThan(SEEDS.length);
  });
});
