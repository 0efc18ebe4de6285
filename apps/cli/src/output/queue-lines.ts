import { counted } from './counted.js';
import type { Colors } from './terminal.js';

/** A queue of jobs as the api shows it, as far as it is printed for a person. */
export interface ShownQueue {
  readonly name: string;
  readonly status: 'working' | 'unreachable' | 'silent';
  readonly datastore: string;
  readonly jobs: {
    readonly waiting: number;
    readonly active: number;
    readonly delayed: number;
    readonly failed: number;
  };
  readonly oldestWaitingSeconds: number;
  readonly failures: readonly {
    readonly kind: string;
    readonly workload: string | null;
    readonly host: string | null;
    readonly failedAt: string;
    readonly tries: number;
    readonly reason: string;
  }[];
  readonly toldAt: string;
  readonly toldSecondsAgo: number;
  readonly advice: string | null;
}

/** Workers tell every two seconds: whoever has heard nothing for this long should see it before it counts as silence. */
const LATE_SECONDS = 5;

/** Queues for a person: one a row, and below it what is to be done about it. */
export function queueLines(queues: readonly ShownQueue[], colors: Colors): string[] {
  if (queues.length === 0) return ['no worker has told of its queues yet'];
  const width = Math.max(...queues.map(({ name }) => name.length));
  const statusWidth = Math.max(...queues.map(({ status }) => status.length));
  const advices = queues.map(({ advice }) => advice);
  return queues.flatMap((queue, at) => {
    const { name, status } = queue;
    // What is to be done about several is said once, below the last of them.
    const advice = advices[at] === advices[at + 1] ? null : (advices[at] ?? null);
    const paint = status === 'working' ? colors.green : colors.red;
    const row = [name.padEnd(width), paint(status.padEnd(statusWidth)), factsOf(queue)];
    return [row.join('  '), ...(advice === null ? [] : [`  ${advice}`])];
  });
}

function factsOf(queue: ShownQueue): string {
  const { status, datastore, jobs, oldestWaitingSeconds, toldAt, toldSecondsAgo } = queue;
  const { waiting, active, delayed, failed } = jobs;
  const age = oldestWaitingSeconds >= 1 ? ` (up to ${Math.round(oldestWaitingSeconds)} s)` : '';
  const counts = `${waiting} waiting${age}, ${active} active, ${delayed} delayed, ${failed} failed`;
  if (status !== 'working') return `${counts}, as of ${toldAt}`;
  const late = toldSecondsAgo >= LATE_SECONDS;
  return `${counts}, in ${datastore}${late ? ` as told ${Math.round(toldSecondsAgo)} s ago` : ''}`;
}

/** What failed for good, the newest first. */
export function failureLines({ failures, jobs }: ShownQueue): string[] {
  const lines = failures.flatMap(({ kind, workload, host, failedAt, tries, reason }) => [
    `${failedAt}  ${kind} of ${workload ?? host ?? '?'}, after ${counted(tries, 'try', 'tries')}`,
    `  ${reason}`,
  ]);
  const hidden = jobs.failed - failures.length;
  return hidden > 0 ? [...lines, `and ${hidden} more that failed earlier`] : lines;
}
