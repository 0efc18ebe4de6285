import 'reflect-metadata';
import { planOf } from './plan/draw-plan.js';
import { shrinkPlan, tellPlan } from './plan/shrink-plan.js';
import { simulationSettings } from './settings.js';
import { simulate } from './simulate.js';
import { Story } from './story/story.js';

const WRONG_USAGE = 2;

/** Plays one seed and tells what happens; where it fails, the smallest plan that fails in the same way. */
async function main(words: readonly string[]): Promise<void> {
  const seed = Number(words[0]);
  if (words.length !== 1 || !Number.isSafeInteger(seed) || seed < 1) {
    console.error('usage: npm run simulate:seed N, where N is a whole number from 1');
    process.exitCode = WRONG_USAGE;
    return;
  }
  const { shrinkTries } = simulationSettings(process.env);
  let plan = planOf(seed);
  const first = await simulate(plan);
  if (first.failure !== null) {
    console.error(`seed ${seed} fails (${first.failure}); leaving out what it does not need …`);
    plan = await shrinkPlan(plan, first.failure, shrinkTries);
  }
  console.log(`seed ${seed}: ${tellPlan(plan)}`);
  const story = new Story((line) => console.log(line));
  const { failure, events, ended, logHash } = await simulate(plan, story.tell);
  console.log(`${events} events, ${ended} workloads came to their end, log ${logHash}`);
  if (failure === null) return;
  console.log(`FAILED: ${story.named(failure)}`);
  process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
