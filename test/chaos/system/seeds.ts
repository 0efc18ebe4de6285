const MAX_SEED = 2 ** 31 - 1;
const SEEDS_MAX = 10_000;

/**
 * CHAOS_SEEDS seeds in a row from CHAOS_FIRST_SEED, for a schedule like an earlier one; by default some that
 * are others every time, and one where only the first was given.
 */
export function seedsFrom(
  environment: NodeJS.ProcessEnv,
  random: () => number,
  usual: number,
): number[] {
  const drawn = Math.floor(random() * (MAX_SEED - SEEDS_MAX));
  const first = wholeNumber(environment, 'CHAOS_FIRST_SEED', drawn, 0, MAX_SEED);
  const isOne = (environment['CHAOS_FIRST_SEED'] ?? '') !== '';
  const count = wholeNumber(environment, 'CHAOS_SEEDS', isOne ? 1 : usual, 1, SEEDS_MAX);
  return Array.from({ length: count }, (_, at) => first + at);
}

function wholeNumber(
  environment: NodeJS.ProcessEnv,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  const given = environment[name];
  if (given === undefined || given === '') return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${given}`);
}
