import { DATASTORES } from '../system/datastore.js';
import { actsWith } from '../system/schedule.js';
import type { Run } from './record.js';
import type { LongRun } from './settings.js';

/** From so many schedules on, each act that can be drawn must have happened in one of them. */
export const EVERY_ACT_FROM_SCHEDULES = 40;

/** What came of a long run: one JSON object, its last line. */
export interface Summary {
  readonly build: string;
  readonly asked: Omit<LongRun, 'record'>;
  readonly schedules: number;
  /** Seeds of those in which something was wrong. */
  readonly failed: readonly number[];
  /** Taken from the record instead of run. */
  readonly resumed: number;
  readonly workloads: number;
  readonly events: number;
  readonly failedTries: number;
  readonly tookSeconds: number;
  readonly byDatastore: Readonly<Record<string, number>>;
  /** By act, how often it happened in all schedules. */
  readonly acts: Readonly<Record<string, number>>;
  readonly neverHappened: readonly string[];
  readonly passed: boolean;
}

export function summaryOf(
  runs: readonly Run[],
  { record: _record, ...asked }: LongRun,
  build: string,
  resumed: number,
): Summary {
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0);
  const acts: Record<string, number> = {};
  for (const act of DATASTORES.flatMap((queues) => actsWith(queues))) acts[act.name] = 0;
  for (const [name, times] of runs.flatMap((run) => Object.entries(run.acts))) {
    acts[name] = (acts[name] ?? 0) + times;
  }
  const failed = runs.filter(({ wrong }) => wrong.length > 0).map(({ seed }) => seed);
  const neverHappened = Object.keys(acts).filter((name) => acts[name] === 0);
  const isComplete = runs.length === asked.lastSeed - asked.firstSeed + 1;
  const isBroad = neverHappened.length === 0 || runs.length < EVERY_ACT_FROM_SCHEDULES;
  return {
    build,
    asked,
    schedules: runs.length,
    failed,
    resumed,
    workloads: sum(({ workloads }) => workloads),
    events: sum(({ events }) => events),
    failedTries: sum(({ failedTries }) => failedTries),
    tookSeconds: sum(({ tookSeconds }) => tookSeconds),
    byDatastore: Object.fromEntries(
      DATASTORES.map((name) => [name, runs.filter(({ queues }) => queues === name).length]),
    ),
    acts,
    neverHappened,
    passed: isComplete && isBroad && failed.length === 0,
  };
}

/** One schedule, in one line. */
export function lineOf(run: Run): string {
  const { seed, queues, workloads, events, failedTries, acts, tookSeconds, wrong } = run;
  const happened = Object.values(acts).reduce((sum, times) => sum + times, 0);
  const figures = `${workloads} workloads, ${happened} acts, ${events} events, ${failedTries} failed tries`;
  const end = wrong.length === 0 ? 'nothing wrong' : `WRONG: ${wrong.join('; ')}`;
  return `seed ${seed} (queues in ${queues}): ${figures}, ${tookSeconds} s: ${end}`;
}
