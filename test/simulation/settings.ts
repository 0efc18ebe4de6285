import { seedsOf, wholeNumber } from './seeds.js';

const DEFAULT_SEEDS = 12;
const DEFAULT_SHRINK_TRIES = 150;
const MAX_SHRINK_TRIES = 100_000;

export interface SimulationSettings {
  /** One world each. */
  readonly seeds: readonly number[];
  /** How many smaller plans are tried before the smallest found of one that failed is shown. */
  readonly shrinkTries: number;
}

/**
 * SIMULATION_WORLDS says how many worlds are played, SIMULATION_FIRST_SEED where their seeds begin, and
 * SIMULATION_SHRINK_TRIES how hard a failing plan is made smaller.
 */
export function simulationSettings(environment: NodeJS.ProcessEnv): SimulationSettings {
  const { SIMULATION_WORLDS: worlds } = environment;
  const seeds = worlds === undefined || worlds === '' ? `${DEFAULT_SEEDS}` : worlds;
  const tries = ['SIMULATION_SHRINK_TRIES', DEFAULT_SHRINK_TRIES, MAX_SHRINK_TRIES] as const;
  return {
    seeds: seedsOf({ ...environment, SIMULATION_SEEDS: seeds }),
    shrinkTries: wholeNumber(environment, ...tries),
  };
}
