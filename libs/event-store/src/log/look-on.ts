import type { LogBatch, ReadAllOptions, WholeLog } from './event-log.js';

/**
 * So many positions one statement looks through, however few of them hold what is wanted. One that looked
 * through all of a long log would outlast the limit on statements, and then begin anew for ever.
 */
export const LOOK_POSITIONS_MAX = 20_000;

/** What the next stretch of the log holds of the wanted events: far from its end perhaps nothing. */
export interface Look extends LogBatch {
  /** Whether the log held nothing behind it when it began. */
  readonly isAtEnd: boolean;
}

/** Looks for events of some types, and says how far, so that no stretch of the log is looked through twice. */
export async function lookOn(
  log: Pick<WholeLog, 'head' | 'readAll'>,
  options: Omit<ReadAllOptions, 'throughPosition'>,
): Promise<Look> {
  const { afterPosition, limit } = options;
  // Asked for before the events: whatever is at or below it is visible to the read that follows.
  const head = await log.head();
  const throughPosition = Math.min(head, afterPosition + LOOK_POSITIONS_MAX);
  if (throughPosition <= afterPosition) {
    return { events: [], throughPosition: afterPosition, isAtEnd: true };
  }
  const events = await log.readAll({ ...options, throughPosition });
  const last = events.at(-1);
  const through = last !== undefined && events.length >= limit ? last.position : throughPosition;
  return { events, throughPosition: through, isAtEnd: through >= head };
}
