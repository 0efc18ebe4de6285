import { Chance } from '../world/chance.js';
import type { PlannedAct } from './plan.js';

/** Of the worlds with late writes, one in so many has crowds. */
const ONE_IN = 2;
const CROWDS = { min: 3, max: 5 } as const;
const FROM_MS = 2_000;
const SPREAD_MS = 20_000;
/** The rest of a crowd comes while nobody knows yet what became of the first. */
const APART_MS = 1_200;
const SIZE = 5;
const NUMBERS = 1_000_000;

/**
 * More than the hosts can hold at a time, some of it more urgent than what came a moment before: what is
 * given up is taken by others at once. Null in worlds without. It is drawn apart, so that worlds without are what
 * they would be if there were none anywhere.
 */
export function crowdedActs(seed: number): { readonly acts: readonly PlannedAct[] } | null {
  const chance = new Chance(`${seed} crowds`);
  if (chance.below(ONE_IN) > 0) return null;
  const acts: PlannedAct[] = [];
  for (let nr = chance.between(CROWDS.min, CROWDS.max); nr > 0; nr -= 1) {
    const atMs = FROM_MS + chance.below(SPREAD_MS);
    for (let one = 0; one < SIZE; one += 1) {
      const [who, what] = [chance.below(NUMBERS), chance.below(NUMBERS)];
      acts.push({ atMs: atMs + chance.below(APART_MS), act: 'submit-large', who, what });
    }
  }
  return { acts };
}
