import { wholeNumber } from '../simulation/seeds.js';

const DEFAULT_STEPS = 600;
const DEFAULT_SEEDS = 10;
const MAX_STEPS = 1_000_000;
const MAX_SEEDS = 100_000;

export interface ModelSettings {
  readonly steps: number;
  /** One history each. */
  readonly seeds: readonly number[];
}

/**
 * MODEL_STEPS and MODEL_SEEDS say how long histories are and how many; MODEL_FIRST_SEED where the seeds
 * begin, so that a run can play just the one that failed.
 */
export function modelSettings(environment: NodeJS.ProcessEnv): ModelSettings {
  const steps = wholeNumber(environment, 'MODEL_STEPS', DEFAULT_STEPS, MAX_STEPS);
  const count = wholeNumber(environment, 'MODEL_SEEDS', DEFAULT_SEEDS, MAX_SEEDS);
  const first = wholeNumber(environment, 'MODEL_FIRST_SEED', 1, MAX_SEEDS);
  return { steps, seeds: Array.from({ length: count }, (_, index) => first + index) };
}
