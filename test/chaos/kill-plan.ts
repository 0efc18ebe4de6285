import * as fc from 'fast-check';
import { PARTS, type PlannedKill } from './killer.js';

const MAX_SEED = 2 ** 31 - 1;
/** Between which percentages of finished jobs each of the kills falls. */
const WINDOWS = [
  { min: 5, max: 15 },
  { min: 25, max: 35 },
  { min: 45, max: 60 },
] as const;

/** CHAOS_SEED, for a run like an earlier one; else another seed every time. */
export function chaosSeed(environment: NodeJS.ProcessEnv, random: () => number): number {
  const given = environment['CHAOS_SEED'];
  if (given === undefined || given === '') return Math.floor(random() * MAX_SEED);
  const seed = Number(given);
  if (Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED) return seed;
  throw new Error(`CHAOS_SEED must be a whole number from 0 to ${MAX_SEED}, not ${given}`);
}

/** Every part of the installation is killed once, in an order and at moments that the seed decides. */
export function killPlan(seed: number): readonly PlannedKill[] {
  const order = fc.shuffledSubarray([...PARTS], { minLength: PARTS.length });
  const moments = fc.tuple(...WINDOWS.map((window) => fc.integer(window)));
  const [drawn] = fc.sample(fc.tuple(order, moments), { seed, numRuns: 1, unbiased: true });
  if (drawn === undefined) throw new Error(`seed ${seed} gives no plan`);
  const [parts, percentages] = drawn;
  return parts.map((part, index) => ({
    part,
    when: 'finished',
    share: (percentages[index] as number) / 100,
  }));
}
