import { pauseLines, type ShownPause } from './batch-lines.js';
import type { Colors } from './terminal.js';

export interface ShownRun {
  readonly plannedAt: string;
  readonly settledAt: string;
  readonly outcome: string;
  readonly batchId: string | null;
  readonly replaces: readonly string[];
  readonly cause: string | null;
  readonly detail: string | null;
  readonly missed: { readonly count: number | null; readonly firstPlannedAt: string } | null;
}

const MS_PER_SECOND = 1_000;
/** Workers look every second, and a takeover from one that was killed takes five. */
const LATE_SECONDS = 10;
/** From then on a planned time is one that was missed, and `catchUpLimit` decides. */
const MADE_UP_SECONDS = 60;

/** A schedule as the api shows it, as far as it is printed for a person. */
export interface ShownSchedule {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly paused: ShownPause | null;
  readonly cron: string;
  readonly timeZone: string;
  readonly overlap: string;
  readonly catchUpLimit: number;
  readonly nextAt: string | null;
  readonly lastRun: ShownRun | null;
  /** Left out of lists. */
  readonly taskCount?: number;
}

/** A schedule for a person. */
export function scheduleLines(schedule: ShownSchedule, colors: Colors): readonly string[] {
  const { overlap, catchUpLimit, lastRun, taskCount } = schedule;
  return [
    headLine(schedule, colors),
    ...pauseLines(schedule.paused),
    `  overlap    ${overlap}, makes up for at most ${catchUpLimit}`,
    ...(taskCount === undefined
      ? []
      : [`  fires      ${taskCount} task${taskCount === 1 ? '' : 's'}`]),
    ...(lastRun === null ? [] : [`  last       ${runLine(lastRun, colors)}`]),
  ];
}

/** Schedules for a person: a row each. */
export function scheduleListLines(
  schedules: readonly ShownSchedule[],
  colors: Colors,
): readonly string[] {
  if (schedules.length === 0) return ['no schedule matches'];
  return schedules.map((schedule) => headLine(schedule, colors));
}

/** Runs for a person: a row each. */
export function runLines(runs: readonly ShownRun[], colors: Colors): readonly string[] {
  if (runs.length === 0) return ['nothing was planned yet'];
  return runs.map((run) => runLine(run, colors));
}

/** Planned times, as the api shows them. */
export interface ShownTimes {
  readonly timeZone: string;
  readonly items: readonly string[];
}

/** Planned times for a person: what the log will say, and what clocks of the zone show then. */
export function timeLines({ timeZone, items }: ShownTimes): readonly string[] {
  if (items.length === 0) return ['no time is planned'];
  // Sweden writes the day as the log does: 11/12 is another day for every other reader.
  const clock = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' });
  return items.map((text) => {
    const time = new Date(text);
    return `${text}  ${day.format(time)} ${clock.format(time)} ${timeZone}`;
  });
}

function headLine(
  { id, name, status, cron, timeZone, nextAt }: ShownSchedule,
  colors: Colors,
): string {
  const when = `${cron} (${timeZone})${nextAt === null ? '' : `, next ${nextAt}`}`;
  return `${colors.bold(id)}  ${colored(status, colors)}  ${when}  ${name ?? '(name erased)'}`;
}

function runLine(run: ShownRun, colors: Colors): string {
  return `${run.plannedAt}  ${colored(run.outcome, colors)}  ${whatOf(run)}`;
}

function whatOf(run: ShownRun): string {
  const { outcome, batchId, replaces, cause, detail, missed } = run;
  if (missed !== null) {
    return `${missed.count ?? 'more than anybody counted'} since ${missed.firstPlannedAt}`;
  }
  if (outcome === 'skipped') {
    return `${cause}: ${detail}${batchId === null ? '' : ` (${batchId})`}`;
  }
  const late = lateSeconds(run);
  return [
    batchId,
    ...(replaces.length === 0 ? [] : [`in place of ${replaces.join(', ')}`]),
    ...(late < LATE_SECONDS
      ? []
      : [`${late > MADE_UP_SECONDS ? 'made up for, ' : ''}${late} s late`]),
  ].join(', ');
}

function lateSeconds({ plannedAt, settledAt }: ShownRun): number {
  return Math.round((Date.parse(settledAt) - Date.parse(plannedAt)) / MS_PER_SECOND);
}

function colored(word: string, colors: Colors): string {
  if (word === 'active' || word === 'fired') return colors.green(word);
  return word === 'missed' || word === 'deleted' ? colors.red(word) : colors.yellow(word);
}
