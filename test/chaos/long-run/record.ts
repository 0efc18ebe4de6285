import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Datastore } from '../system/datastore.js';
import type { Outcome } from '../system/run-schedule.js';
import type { LongRun } from './settings.js';

/** One schedule that was run, and what came of it. */
export interface Run extends Outcome {
  readonly seed: number;
  readonly queues: Datastore;
  /** What the schedule was asked for; `workloads` are those that were accepted. */
  readonly asked: { readonly workloads: number; readonly seconds: number };
  /** Of the programs and of the suite itself: runs of another build say nothing of this one. */
  readonly build: string;
  /** It came to no judgement, and is run again. */
  readonly brokenOff: boolean;
  readonly endedAt: string;
  readonly tookSeconds: number;
}

const BUILD_CHARS = 16;

/** Names a build by what is in its files. */
export function buildOf(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort())
    hash.update(file.slice(folder.length)).update(readFileSync(file));
  return hash.digest('hex').slice(0, BUILD_CHARS);
}

/**
 * Runs of this build that stand in the file already and are what is asked for, by seed. What is on a line
 * that was cut off by a crash was not finished, and is run again.
 */
export function runsIn(file: string, asked: LongRun, build: string): Map<number, Run> {
  const runs = new Map<number, Run>();
  if (!existsSync(file)) return runs;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const run = parsed(line);
    if (run === null || run.build !== build || run.brokenOff) continue;
    const { workloads, seconds } = run.asked;
    const isAskedFor = run.seed >= asked.firstSeed && run.seed <= asked.lastSeed;
    const isAlike = workloads === asked.workloads && seconds === asked.seconds;
    if (isAskedFor && isAlike) runs.set(run.seed, run);
  }
  return runs;
}

/** Begins a line of its own: the last one may have been cut off. */
export function keep(file: string, run: Run): void {
  appendFileSync(file, `\n${JSON.stringify(run)}`);
}

function parsed(line: string): Run | null {
  try {
    return JSON.parse(line) as Run;
  } catch {
    return null;
  }
}
