import { fleetEventTypes, isolationRules } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { type Failure, historyOf, judgeHistory, type Step, tellSteps } from './history.js';
import { modelSettings } from './settings.js';
import { shrink } from './shrink.js';

const { steps, seeds, shrinkTries } = modelSettings(process.env);
/** What playing and judging a step takes, with much to spare. */
const STEP_LIMIT_MS = 10;
const SHRINK_LIMIT_MS = 120_000;
const TIMEOUT_MS = SHRINK_LIMIT_MS + seeds.length * (1_000 + steps * STEP_LIMIT_MS);
/** A night's run shows now and then how far it is. */
const SEEDS_BETWEEN_SIGNS = 20;
/** Among so many steps there are some of everything. */
const STEPS_THAT_TELL = 6_000;

describe(`a fleet under ${steps} random commands, seeds ${seeds[0]} to ${seeds.at(-1)}`, () => {
  const met = new Map<string, number>();

  it(
    'keeps every invariant after each of them, and ends everything when it is left alone',
    async () => {
      const startedMs = performance.now();
      let events = 0;
      for (const [at, seed] of seeds.entries()) {
        if (at > 0 && at % SEEDS_BETWEEN_SIGNS === 0)
          console.log(`${at} histories, ${events} events`);
        const history = historyOf(seed, steps);
        const judged = await judgeHistory(history);
        if (judged.failure !== null) throw new Error(await told(seed, history, judged.failure));
        events += judged.events;
        for (const [name, count] of Object.entries({ ...judged.eventsByType, ...judged.rules })) {
          met.set(name, (met.get(name) ?? 0) + count);
        }
      }
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const played = `${seeds.length} histories of ${steps} steps, ${events} events`;
      console.log(`${played}, every invariant after every step: none broken, in ${seconds} s`);
    },
    TIMEOUT_MS,
  );

  it('has met every event of a fleet and every rule of isolation on the way', (context) => {
    context.skip(steps * seeds.length < STEPS_THAT_TELL, 'a few steps may do without some');
    const all = [...fleetEventTypes, ...isolationRules.map(({ id }) => id)];
    expect(all.filter((name) => !met.has(name))).toEqual([]);
  });
});

describe('a history that fails', () => {
  it('is made shorter until nothing can be left out of it', async () => {
    const history = Array.from({ length: 1_000 }, (_, at) => at);
    const shortest = await shrink(history, 1_000, async (steps) =>
      [17, 500, 901].every((needed) => steps.includes(needed)),
    );
    expect(shortest).toEqual([17, 500, 901]);
  });

  it('is told as the steps that lead there, and leads there again', async () => {
    const history = historyOf(1, 50);
    expect(history).toEqual(historyOf(1, 50));
    expect(tellSteps(history.slice(0, 2))).toMatch(/^[a-z-]+\(\d+, \d+\) [a-z-]+\(\d+, \d+\)$/);
    expect(await judgeHistory(history)).toEqual(await judgeHistory(history));
  });
});

/** The failure with its seed, and the shortest history found that fails in the same way. */
async function told(seed: number, history: readonly Step[], failure: Failure): Promise<string> {
  const [invariant] = failure.because.split(':');
  const shortest = await shrink(history.slice(0, failure.steps), shrinkTries, async (candidate) => {
    const { failure: found } = await judgeHistory(candidate);
    return found?.because.split(':')[0] === invariant;
  });
  const { failure: again } = await judgeHistory(shortest);
  return [
    `seed ${seed}, step ${failure.steps}: ${failure.because}`,
    `the same in ${shortest.length} steps: ${again?.because}`,
    tellSteps(shortest),
  ].join('\n');
}
