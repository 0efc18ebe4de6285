import type { LogWatch } from './log-watch.js';
import type { ManyProcesses } from './many-processes.js';
import type { Phases } from './phases.js';
import type { Program } from './program.js';
import type { Troubles } from './schedule.js';

const ASKED_WITHIN_MS = 5_000;
const TOLD_MAX = 12;

export interface Surroundings {
  readonly all: ManyProcesses;
  readonly watch: LogWatch;
  readonly phases: Phases;
  readonly troubles: () => Troubles | null;
}

/** What a schedule came to, or where it stands when it has not ended in time: it never hangs without a word. */
export async function endedWithin<T>(
  withinMs: number,
  surroundings: Surroundings,
  ending: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  const first = await Promise.race([ending, late]).finally(() => clearTimeout(timer));
  if (first !== 'late') return first as T;
  // What it still comes to, once everything that it waits for was taken away, is of no interest.
  ending.catch(() => {});
  throw new Error(`has not ended within ${withinMs} ms: ${await tellWhereabouts(surroundings)}`);
}

async function tellWhereabouts({ all, watch, phases, troubles }: Surroundings): Promise<string> {
  const programs = await Promise.all(all.programs.map((program) => tellProgram(all, program)));
  const acts = [...(troubles()?.underWay ?? [])];
  const open = [...watch.open].slice(0, TOLD_MAX);
  return [
    `after ${Object.keys(phases.tookMs).at(-1) ?? 'nothing'}`,
    `acts under way: ${acts.join(', ') || 'none'}`,
    `open: ${open.join(', ') || 'none'}`,
    ...programs,
  ].join('; ');
}

async function tellProgram(all: ManyProcesses, program: Program): Promise<string> {
  const { name, runs, isUp, paused } = program;
  const state = !runs ? 'does not run' : paused ? 'is paused' : isUp ? 'is up' : 'comes up';
  const url = all.urls.get(program);
  if (!isUp || paused || url === undefined) return `${name} ${state}`;
  return `${name} ${state} and answers ${await healthOf(url)}`;
}

async function healthOf(url: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(ASKED_WITHIN_MS);
    const response = await fetch(`${url}/health/ready`, { signal });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return `nothing (${(error as Error).message})`;
  }
}
