import { describe, expect, it } from 'vitest';
import { planOf } from './plan/draw-plan.js';
import { shrinkPlan, tellPlan } from './plan/shrink-plan.js';
import { simulationSettings } from './settings.js';
import { type Simulated, simulate } from './simulate.js';

const { seeds, shrinkTries } = simulationSettings(process.env);
/** What a world takes on a busy machine. */
const WORLD_LIMIT_MS = 5_000;
const SHRINK_LIMIT_MS = 300_000;
const TIMEOUT_MS = SHRINK_LIMIT_MS + seeds.length * WORLD_LIMIT_MS;
/** A night's run shows now and then how far it is. */
const SEEDS_BETWEEN_SIGNS = 200;

describe(`the whole system in one process, seeds ${seeds[0]} to ${seeds.at(-1)}`, () => {
  it(
    'keeps every promise whatever crashes, is late or lost, and ends every workload when all is mended',
    async () => {
      const startedMs = performance.now();
      let [events, ended] = [0, 0];
      for (const [at, seed] of seeds.entries()) {
        if (at > 0 && at % SEEDS_BETWEEN_SIGNS === 0) console.log(`${at} worlds, ${events} events`);
        const simulated = await simulate(planOf(seed));
        if (simulated.failure !== null) throw new Error(await told(seed, simulated));
        events += simulated.events;
        ended += simulated.ended;
      }
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const played = `${seeds.length} worlds, ${events} events, ${ended} workloads`;
      console.log(`${played}: every promise was kept, in ${seconds} s`);
      expect(ended).toBeGreaterThan(seeds.length);
    },
    TIMEOUT_MS,
  );
});

/** The failure with its seed, and the smallest plan found that fails in the same way. */
async function told(seed: number, { failure }: Simulated): Promise<string> {
  const plan = await shrinkPlan(planOf(seed), failure ?? '', shrinkTries);
  const again = await simulate(plan);
  return [
    `seed ${seed}: ${failure}`,
    `the same with less: ${again.failure}`,
    tellPlan(plan),
    `npm run simulate:seed ${seed} tells the story`,
  ].join('\n');
}
