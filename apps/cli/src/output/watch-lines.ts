import { cut, factsOf, type ShownEvent } from './event-lines.js';
import type { Colors } from './terminal.js';

/** What the stream of a batch tells with each message, as far as it is printed for a person. */
export interface ShownBatchEvent {
  readonly type: string;
  readonly recordedAt: string;
  readonly reason: string | null;
  readonly tasks: readonly { readonly index: number; readonly outcome: string }[];
  readonly batch: {
    readonly status: string;
    readonly taskCount: number;
    readonly counts: Readonly<Record<string, number>>;
    readonly progress: number;
    readonly estimatedEndAt: string | null;
  };
}

const ID_WIDTH = 3;
const AFTER_WIDTH = 11;
const TYPE_WIDTH = 26;
const PERCENT = 100;
const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);
const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/** One event of a workload in a row of its own, before anybody knows how wide the others will be. */
export function watchedEventLine(
  event: ShownEvent,
  startMs: number,
  colors: Colors,
  width: number,
): string {
  const after = `+${Date.parse(event.recordedAt) - startMs} ms`;
  const cells = [
    String(event.id).padStart(ID_WIDTH),
    after.padStart(AFTER_WIDTH),
    event.type.padEnd(TYPE_WIDTH),
    factsOf(event),
  ];
  return cut(cells.join('  ').trimEnd(), width).replace(event.type, colors.bold(event.type));
}

/** Where a batch stands after an event, in a line that can stand among others. */
export function progressLine({ recordedAt, type, reason, batch }: ShownBatchEvent): string {
  const { status, taskCount, counts, progress } = batch;
  const estimatedEndAt = estimateOf(batch);
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  const parts = [
    `${recordedAt}  ${status}  ${finishedOf(batch)} of ${taskCount} (${Math.floor(progress * PERCENT)} %)`,
    ...(told.length === 0 ? [] : [told.map(([what, count]) => `${count} ${what}`).join(', ')]),
    ...(type === 'BatchTasksFinished' ? [] : [reason === null ? type : `${type}: ${reason}`]),
    ...(estimatedEndAt === null ? [] : [`done in about ${left(recordedAt, estimatedEndAt)}`]),
  ];
  return parts.join('  ');
}

/** Beside a bar; texts and figures of what is not known are empty. */
export const PROGRESS_BAR = '{bar} {value} of {total}  {status}  {failed} failed  {left}';

export function progressFigures({ recordedAt, batch }: ShownBatchEvent) {
  const { status, counts } = batch;
  const estimatedEndAt = estimateOf(batch);
  const failed = finishedOf(batch) - (counts['succeeded'] ?? 0);
  const about = estimatedEndAt === null ? '' : `about ${left(recordedAt, estimatedEndAt)} left`;
  return { status, failed, left: about };
}

export function finishedOf({ counts }: Pick<ShownBatchEvent['batch'], 'counts'>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Nobody wants to know when something will end that has ended. */
function estimateOf({ status, progress, estimatedEndAt }: ShownBatchEvent['batch']): string | null {
  return progress >= 1 || ENDED.has(status) ? null : estimatedEndAt;
}

/** As exact as an estimate deserves: seconds, minutes or hours. */
function left(fromText: string, toText: string): string {
  const seconds = Math.max(0, Date.parse(toText) - Date.parse(fromText)) / MS_PER_SECOND;
  const minutes = seconds / SECONDS_PER_MINUTE;
  if (minutes < 2) return `${Math.ceil(seconds)} s`;
  const hours = minutes / MINUTES_PER_HOUR;
  return hours < 2 ? `${Math.ceil(minutes)} min` : `${Math.ceil(hours)} h`;
}
