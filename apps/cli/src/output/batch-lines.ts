import type { Colors } from './terminal.js';

/** Since when a batch or schedule is paused, and why. */
export interface ShownPause {
  readonly since: string;
  readonly reason: string | null;
}

/** A batch as the api shows it, as far as it is printed for a person. */
export interface ShownBatch {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly taskCount: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly unfinished: number;
  readonly skipped: number;
  readonly progress: number;
  readonly estimatedEndAt: string | null;
  readonly deadline: string | null;
  readonly after: readonly string[];
  readonly failure: { readonly because: string; readonly predecessor: string | null } | null;
  readonly firstFailures: readonly { readonly index: number; readonly workloadId: string }[];
  readonly paused: ShownPause | null;
  readonly cancelled?: ShownPause | null;
  readonly retryOf: string | null;
  readonly retriedBy: string | null;
  readonly submittedAt: string;
  readonly endedAt: string | null;
}

export interface ShownTask {
  readonly index: number;
  readonly workloadId: string | null;
  readonly status: string;
  readonly outcome: string | null;
}

const PERCENT = 100;

/** A batch for a person. */
export function batchLines(batch: ShownBatch, colors: Colors): readonly string[] {
  const { taskCount, counts, unfinished, skipped, firstFailures, endedAt } = batch;
  const { retryOf, retriedBy } = batch;
  const told = Object.entries({ ...counts, unfinished, skipped }).filter(([, count]) => count > 0);
  return [
    headLine(batch, colors),
    `  tasks      ${taskCount}: ${told.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    ...firstFailures.map(({ index, workloadId }) => `  failed     task ${index}: ${workloadId}`),
    ...pauseLines(batch.paused),
    ...sinceLines('cancelled', batch.cancelled),
    ...(firstFailures.length === 0 ? [] : [`  why        bulkhead batch summary ${batch.id}`]),
    ...whyFailed(batch),
    ...batch.after.map((id) => `  after      ${id}`),
    ...(retryOf === null
      ? []
      : [`  retries    ${retryOf}; a retry has no deadline and comes after nothing`]),
    ...(retriedBy === null ? [] : [`  retried by ${retriedBy}`]),
    `  submitted  ${batch.submittedAt}`,
    ...(batch.deadline === null ? [] : [`  deadline   ${batch.deadline}`]),
    ...(batch.estimatedEndAt === null || endedAt !== null
      ? []
      : [`  estimated  ${batch.estimatedEndAt}`]),
    ...(endedAt === null ? [] : [`  ended      ${endedAt}`]),
  ];
}

/** An older api says nothing of it. */
export function pauseLines(paused: ShownPause | null | undefined): readonly string[] {
  return sinceLines('paused   ', paused);
}

/** Since when something holds of what is shown, and why where that was said; nothing where an older api says neither. */
export function sinceLines(what: string, since: ShownPause | null | undefined): readonly string[] {
  if (since == null) return [];
  return [`  ${what}  ${since.since}${since.reason === null ? '' : `: ${since.reason}`}`];
}

/** Where it did not fail by its own tasks, which are told in any case. */
function whyFailed({ failure }: ShownBatch): readonly string[] {
  if (failure?.because === 'deadline') return ['  because    its deadline passed'];
  if (failure?.because === 'predecessor')
    return [`  because    ${failure.predecessor} did not succeed`];
  return [];
}

/** Batches for a person: a row each. */
export function batchListLines(batches: readonly ShownBatch[], colors: Colors): readonly string[] {
  if (batches.length === 0) return ['no batch matches'];
  return batches.map((batch) => headLine(batch, colors));
}

/** Tasks for a person: a row each. */
export function taskLines(tasks: readonly ShownTask[], colors: Colors): readonly string[] {
  if (tasks.length === 0) return ['no task matches'];
  return tasks.map(
    ({ index, workloadId, status }) =>
      `${String(index).padStart(5)}  ${workloadId ?? '-'.padEnd(35)}  ${colored(status, colors)}`,
  );
}

function headLine({ id, name, status, progress, submittedAt }: ShownBatch, colors: Colors): string {
  const done = `${Math.floor(progress * PERCENT)} %`;
  return `${colors.bold(id)}  ${colored(status, colors)}  ${done}  ${submittedAt}  ${name ?? '(name erased)'}`;
}

const BAD = new Set(['failed', 'cancelled', 'timed-out', 'rejected', 'skipped']);

function colored(status: string, colors: Colors): string {
  if (status === 'succeeded') return colors.green(status);
  return BAD.has(status) ? colors.red(status) : colors.yellow(status);
}
