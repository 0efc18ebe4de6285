import { Chance } from '../world/chance.js';
import type { PlannedAct } from './plan.js';

/** A world in so many has takeovers of hosts that their new keeper cannot reach. */
const ONE_IN = 4;
const TAKEOVERS = { min: 1, max: 3 } as const;
/** By then every worker has been idle, or at work, for longer than a host's own lease lasts. */
const FROM_MS = 30_000;
const SPREAD_MS = 10_000;
/** What is submitted so long before still runs when its host counts as lost. */
const LONG_BEFORE_MS = 8_000;
const LONG_ONES = 3;
/** A host counts as lost, and what ran there is placed again, before people stop acting. */
const ACTING_MS = 75_000;
const NUMBERS = 1_000_000;

export interface TakeoverActs {
  readonly acts: readonly PlannedAct[];
  readonly actingMs: number;
}

/**
 * Whoever keeps in touch with a busy host ends while nobody else can reach it; null in worlds without. It is
 * drawn apart, so that worlds without are what they would be if there were none anywhere.
 */
export function takeoverActs(seed: number): TakeoverActs | null {
  const chance = new Chance(`${seed} takeovers`);
  if (chance.below(ONE_IN) > 0) return null;
  const act = (atMs: number, name: string): PlannedAct => ({
    ...{ atMs, act: name, who: chance.below(NUMBERS), what: chance.below(NUMBERS) },
  });
  const acts: PlannedAct[] = [];
  for (let nr = chance.between(TAKEOVERS.min, TAKEOVERS.max); nr > 0; nr -= 1) {
    const atMs = FROM_MS + chance.below(SPREAD_MS);
    for (let long = 0; long < LONG_ONES; long += 1) {
      acts.push(act(atMs - 1 - chance.below(LONG_BEFORE_MS), 'submit-long'));
    }
    acts.push(act(atMs, 'orphan-host'));
  }
  return { acts, actingMs: ACTING_MS };
}
