import { fileURLToPath } from 'node:url';
import { processTree } from '../../../bench/process-tree.js';
import { datastoreOf, missing } from '../system/datastore.js';
import { type Outcome, runSchedule } from '../system/run-schedule.js';
import { buildOf, keep, type Run, runsIn } from './record.js';
import { type LongRun, longRunOf, WrongArguments } from './settings.js';
import { lineOf, summaryOf } from './summary.js';

const WRONG_USAGE = 2;
const INTERRUPTED = 130;
const BUILT = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs schedule after schedule, a line for each, and says in a last line of JSON what came of them. */
async function main(words: readonly string[]): Promise<void> {
  const asked = longRunOf(words);
  const build = buildOf(BUILT);
  const { firstSeed, lastSeed, record } = asked;
  const runs = record === null ? new Map<number, Run>() : runsIn(record, asked, build);
  const resumed = runs.size;
  if (resumed > 0) console.log(`${resumed} schedules stand in ${record} already`);
  for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
    if (runs.has(seed)) continue;
    const run = await runOf(seed, asked, build);
    runs.set(seed, run);
    if (record !== null) keep(record, run);
    console.log(lineOf(run));
  }
  const inOrder = [...runs.values()].sort((a, b) => a.seed - b.seed);
  const summary = summaryOf(inOrder, asked, build, resumed);
  if (!summary.passed) process.exitCode = 1;
  console.log(JSON.stringify(summary));
}

async function runOf(seed: number, { workloads, seconds }: LongRun, build: string): Promise<Run> {
  const queues = datastoreOf(seed);
  const lacks = missing(queues);
  if (lacks !== null) throw new Error(`seed ${seed} has its queues in Redis, and ${lacks}`);
  const beganAtMs = performance.now();
  let brokenOff = false;
  const outcome = await runSchedule({ seed, seconds, workloads, queues }).catch((error) => {
    brokenOff = true;
    return nothingJudged(error);
  });
  return {
    ...{ seed, queues, asked: { workloads, seconds }, build, brokenOff },
    endedAt: new Date().toISOString(),
    tookSeconds: Math.round((performance.now() - beganAtMs) / 1_000),
    ...outcome,
  };
}

/** A schedule that does not come to its judgement counts as one in which something is wrong. */
function nothingJudged(error: unknown): Outcome {
  const wrong = [`the schedule was broken off: ${(error as Error).message}`];
  return { wrong, schedule: '', workloads: 0, events: 0, failedTries: 0, acts: {}, phases: {} };
}

/** What a schedule has started would outlive it, and slow down whatever comes next: paused processes too. */
function endAll(): void {
  for (const { pid } of processTree(process.pid)) if (pid !== process.pid) end(pid);
  process.exit(INTERRUPTED);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

process.once('SIGINT', endAll);
process.once('SIGTERM', endAll);

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof WrongArguments ? error.message : error);
  process.exitCode = error instanceof WrongArguments ? WRONG_USAGE : 1;
});
