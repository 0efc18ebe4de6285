const DEFAULT_SEEDS = 40;
const MAX_SEEDS = 100_000;
const DEFAULT_FIRST_SEED = 1;
/** fast-check takes seeds of 32 bits. */
const MAX_SEED = 2 ** 31 - 1;

/**
 * The seeds of a run, one history each. SIMULATION_SEEDS says how many (40 where it is not set), and
 * SIMULATION_FIRST_SEED where they begin: with that seed and one history, a run plays just the failed one.
 */
export function seedsOf(environment: NodeJS.ProcessEnv): readonly number[] {
  const count = wholeNumber(environment, 'SIMULATION_SEEDS', DEFAULT_SEEDS, MAX_SEEDS);
  const lastFirst = MAX_SEED - count;
  const first = wholeNumber(environment, 'SIMULATION_FIRST_SEED', DEFAULT_FIRST_SEED, lastFirst);
  return Array.from({ length: count }, (_, index) => first + index);
}

/** What the variable says, or `otherwise` where it is not set; 1 to `most`. */
export function wholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  otherwise: number,
  most: number,
): number {
  const given = environment[name];
  if (given === undefined || given === '') return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${name} must be a whole number from 1 to ${most}, not ${given}`);
}
