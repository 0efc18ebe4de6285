import { wholeNumber } from '../simulation/seeds.js';

const DEFAULT_STEPS = 600;
const DEFAULT_SEEDS = 10;
const DEFAULT_SHRINK_TRIES = 300;
const MAX_SHRINK_TRIES = 100_000;
const MAX_STEPS = 1_000_000;
const MAX_SEEDS = 100_000;

export interface ModelSettings {
  readonly steps: number;
  /** One history each. */
  readonly seeds: readonly number[];
  /** How many shorter histories are tried before the shortest found of one that failed is shown. */
  readonly shrinkTries: number;
}

/**
 * MODEL_STEPS and MODEL_SEEDS say how long histories are and how many; MODEL_FIRST_SEED where the seeds
 * begin, so that a run can play just the one that failed; MODEL_SHRINK_TRIES how hard that is made shorter.
 */
export function modelSettings(environment: NodeJS.ProcessEnv): ModelSettings {
  const steps = wholeNumber(environment, 'MODEL_STEPS', DEFAULT_STEPS, MAX_STEPS);
  const count = wholeNumber(environment, 'MODEL_SEEDS', DEFAULT_SEEDS, MAX_SEEDS);
  const first = wholeNumber(environment, 'MODEL_FIRST_SEED', 1, MAX_SEEDS);
  const tries = ['MODEL_SHRINK_TRIES', DEFAULT_SHRINK_TRIES, MAX_SHRINK_TRIES] as const;
  return {
    steps,
    seeds: Array.from({ length: count }, (_, index) => first + index),
    shrinkTries: wholeNumber(environment, ...tries),
  };
}
