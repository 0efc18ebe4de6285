import { createHash } from 'node:crypto';
import { checkLog } from '@bulkhead/checker';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Act, play, randomHistories } from '../domain/random-history.js';
import type { World } from '../domain/world.js';
import { seedsOf } from './seeds.js';

const seeds = seedsOf(process.env);
/** Long enough to fill the hosts, and for what was placed early to be evicted, lost and tried again. */
const histories = randomHistories(200, 400);
/** One history a seed, drawn evenly: a property's first runs would else be its smallest. */
const drawn = (seed: number) => ({ seed, numRuns: 1, unbiased: true }) as const;
/** How long a failed history is made smaller before it is shown. */
const SHRINK_LIMIT_MS = 20_000;
/** What playing and judging a history takes, with much to spare. */
const SEED_LIMIT_MS = 1_000;
const TIMEOUT_MS = SHRINK_LIMIT_MS + SEED_LIMIT_MS * (seeds.length + 1);
/** Among so many histories there are some about everything that the checks are about. */
const SEEDS_THAT_TELL = 40;

describe(`the system in one process, played from seeds ${seeds[0]} to ${seeds.at(-1)}`, () => {
  const met = {
    placed: 0,
    started: 0,
    retried: 0,
    evicted: 0,
    preempted: 0,
    shared: 0,
    windows: 0,
  };

  it(
    'leaves a log and journals in which the checker finds nothing',
    async () => {
      for (const seed of seeds) {
        // What fails is told with its seed, and with the smallest history found that still fails.
        await fc.assert(
          fc.asyncProperty(histories, async (acts) => judge(play(acts))),
          { ...drawn(seed), interruptAfterTimeLimit: SHRINK_LIMIT_MS },
        );
      }
    },
    TIMEOUT_MS,
  );

  it('has met shared kernels, evictions, retries and windows of exposure on the way', (context) => {
    context.skip(seeds.length < SEEDS_THAT_TELL, 'a few histories may do without them');
    expect(met.placed).toBeGreaterThan(seeds.length * 10);
    expect(met.started).toBeGreaterThan(seeds.length);
    expect(met.retried).toBeGreaterThan(seeds.length);
    expect(met.evicted).toBeGreaterThan(seeds.length / 4);
    expect(met.preempted).toBeGreaterThan(seeds.length / 4);
    expect(met.shared).toBeGreaterThan(seeds.length / 20);
    expect(met.windows).toBeGreaterThan(seeds.length / 4);
  });

  it(
    'writes the same log and journals for the same seed, and others for another',
    () => {
      const digests = seeds.map((seed) => {
        const digest = digestOf(play(actsOf(seed)));
        expect(digestOf(play(actsOf(seed))), `seed ${seed}`).toBe(digest);
        return digest;
      });
      expect(new Set(digests).size).toBe(seeds.length);
    },
    TIMEOUT_MS,
  );

  async function judge(world: World): Promise<void> {
    const { violations, statistics, windowsTotal } = await checkLog({
      events: world.log.events,
      journals: world.journals(),
    });
    expect(violations).toEqual([]);
    const count = (type: string) => statistics.eventsByType[type] ?? 0;
    met.placed += count('WorkloadPlaced');
    met.started += count('ComputeSystemStarted');
    met.retried += count('WorkloadRetryScheduled');
    met.evicted += count('WorkloadEvicted');
    met.preempted += world.log.events.filter(
      ({ event }) => event.type === 'WorkloadEvicted' && event.payload.cause === 'preempted',
    ).length;
    met.shared += statistics.sharedKernels.length;
    met.windows += windowsTotal;
  }
});

function actsOf(seed: number): readonly Act[] {
  const [acts] = fc.sample(histories, drawn(seed));
  if (acts === undefined) throw new Error(`seed ${seed} gives no history`);
  return acts;
}

/** Over every event as it was recorded, and every line that the hosts wrote. */
function digestOf(world: World): string {
  const written = JSON.stringify({ events: world.log.events, journals: world.journals() });
  return createHash('sha256').update(written).digest('hex');
}
