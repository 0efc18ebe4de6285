import { parseArgs } from 'node:util';

const SEED_MAX = 2 ** 31 - 1;
const SEEDS_MAX = 10_000;
const WORKLOADS_MAX = 100_000;
const SECONDS_MAX = 3_600;
const RANGE = /^(\d+)(?:\.\.(\d+))?$/;

export const USAGE =
  'usage: npm run test:chaos-long -- [--seeds 1..50] [--workloads 500] [--seconds 30] [--record FILE]';

/** What a long run is asked for. */
export interface LongRun {
  readonly firstSeed: number;
  readonly lastSeed: number;
  /** Of each schedule. */
  readonly workloads: number;
  /** Of troubles, in each schedule. */
  readonly seconds: number;
  /** Keeps a line for each schedule; those that stand there already are not run again. */
  readonly record: string | null;
}

/** The arguments are none that a long run understands; the message says which, and how they should be. */
export class WrongArguments extends Error {
  override readonly name = 'WrongArguments';
}

/** @throws WrongArguments */
export function longRunOf(words: readonly string[]): LongRun {
  const values = valuesOf(words);
  const [firstSeed, lastSeed] = seedsOf(values.seeds);
  return {
    firstSeed,
    lastSeed,
    workloads: wholeNumber('--workloads', values.workloads, WORKLOADS_MAX),
    seconds: wholeNumber('--seconds', values.seconds, SECONDS_MAX),
    record: values.record ?? null,
  };
}

function valuesOf(words: readonly string[]) {
  const options = {
    seeds: { type: 'string', default: '1..50' },
    workloads: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '30' },
    record: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new WrongArguments(`${(error as Error).message}\n${USAGE}`);
  }
}

function seedsOf(given: string): readonly [number, number] {
  const [, from, to] = RANGE.exec(given) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (first >= 1 && last <= SEED_MAX && first <= last && last - first < SEEDS_MAX) {
    return [first, last];
  }
  const should = `a whole number from 1 to ${SEED_MAX} or a range such as 1..50 of ${SEEDS_MAX} at most`;
  throw new WrongArguments(`--seeds must be ${should}, not ${given}\n${USAGE}`);
}

function wholeNumber(name: string, given: string, max: number): number {
  const value = /^\d+$/.test(given) ? Number(given) : 0;
  if (value >= 1 && value <= max) return value;
  throw new WrongArguments(
    `${name} must be a whole number from 1 to ${max}, not ${given}\n${USAGE}`,
  );
}
