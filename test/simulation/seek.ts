import 'reflect-metadata';
import { planOf } from './plan/draw-plan.js';
import { simulate } from './simulate.js';

/** What came of playing one seed after the other until one failed. */
export interface Sought {
  /** Null where none of them failed. */
  readonly seed: number | null;
  readonly failure: string | null;
  readonly seeds: number;
  readonly seconds: number;
}

const MS = 1_000;

/**
 * `node seek.js FIRST COUNT`: plays so many seeds until one fails. Each line is `Sought` in JSON as far as it has come,
 * so that whoever loses patience knows how far that was.
 */
async function seek(first: number, count: number): Promise<Sought> {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / MS);
  for (let played = 1; played <= count; played += 1) {
    const seed = first + played - 1;
    const failure = await failureOf(seed);
    if (failure !== null) return { seed, failure, seeds: played, seconds: seconds() };
    console.log(JSON.stringify({ seed: null, failure, seeds: played, seconds: seconds() }));
  }
  return { seed: null, failure: null, seeds: count, seconds: seconds() };
}

async function failureOf(seed: number): Promise<string | null> {
  try {
    return (await simulate(planOf(seed))).failure;
  } catch (error) {
    return `threw: ${(error as Error).message}`;
  }
}

const [first, count] = process.argv.slice(2).map(Number);
// What nobody catches would end a worker's process as well.
process.on('unhandledRejection', (error) => {
  console.log(JSON.stringify({ seed: null, failure: `unhandled: ${error}`, seeds: 0, seconds: 0 }));
  process.exit(1);
});
console.log(JSON.stringify(await seek(first ?? 1, count ?? 1)));
