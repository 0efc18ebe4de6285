import { accept, BrokenInvariant, type Decided } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import { type BatchId, scheduledBatchId } from '../ids.js';
import type {
  MissedTimes,
  ScheduleEvent,
  ScheduleFired,
  ScheduleSkipped,
  ScheduleTimesMissed,
  SkipCause,
} from './events.js';
import type { ScheduleState } from './state.js';

/** A planned time that is older than this when it is settled was late, and is made up for or missed. */
export const LATE_AFTER_MS = 60_000;

/** What forbids to fire now, whatever overlaps. */
export interface Hindrance {
  readonly cause: Exclude<SkipCause, 'overlap'>;
  readonly detail: string;
}

/** Decides on the first planned time that is to be fired; the others are asked for again. */
export interface SettleSchedule {
  readonly kind: 'settle';
  /** Planned times that have come since those that were settled: the newest ones, ascending. */
  readonly due: readonly TimeMs[];
  /** Those that came before `due` begins; null where there are none. */
  readonly before: MissedTimes | null;
  /** Batches that the schedule fired and that have not ended, the newest last. */
  readonly openBatches: readonly BatchId[];
  readonly hindrance: Hindrance | null;
  readonly nowMs: TimeMs;
}

/** Fires, skips or gives up what has come; nothing where nothing has. */
export function settle(command: SettleSchedule, state: ScheduleState): Decided<ScheduleEvent> {
  const { due, before, hindrance, nowMs } = command;
  // It is told once, and what comes during a suspension is judged at its end.
  if (hindrance?.cause === 'tenant-suspended' && state.runs[0]?.cause === hindrance.cause) {
    return accept();
  }
  const come = due.filter((atMs) => atMs > state.settledUntilMs && atMs <= nowMs);
  const late = come.filter((atMs) => nowMs - atMs > LATE_AFTER_MS);
  const givenUp = late.slice(0, Math.max(0, late.length - state.timing.catchUpLimit));
  const [plannedAtMs] = come.slice(givenUp.length);
  const missed = missedOf(before, givenUp);
  return accept<ScheduleEvent>(
    ...(missed === null ? [] : [event<ScheduleTimesMissed>('ScheduleTimesMissed', nowMs, missed)]),
    ...(plannedAtMs === undefined ? [] : [fireOrSkip(command, state, plannedAtMs)]),
  );
}

function missedOf(before: MissedTimes | null, givenUp: readonly TimeMs[]): MissedTimes | null {
  const [first, last] = [givenUp[0], givenUp.at(-1)];
  if (first === undefined || last === undefined) return before;
  if (before === null) return { count: givenUp.length, firstAtMs: first, lastAtMs: last };
  const count = before.count === null ? null : before.count + givenUp.length;
  return { count, firstAtMs: before.firstAtMs, lastAtMs: last };
}

function fireOrSkip(
  { openBatches, hindrance, nowMs }: SettleSchedule,
  { scheduleId, timing }: ScheduleState,
  plannedAtMs: TimeMs,
): ScheduleEvent {
  const skip = (because: Pick<ScheduleSkipped['payload'], 'cause' | 'detail' | 'openBatchId'>) =>
    event<ScheduleSkipped>('ScheduleSkipped', nowMs, { plannedAtMs, ...because });
  const openBatchId = openBatches.at(-1) ?? null;
  if (timing.overlap === 'skip' && openBatchId !== null) {
    const detail = 'The batch that was fired before has not ended.';
    return skip({ cause: 'overlap', detail, openBatchId });
  }
  if (hindrance !== null) return skip({ ...hindrance, openBatchId: null });
  if (scheduleId === null) throw new BrokenInvariant('a schedule without id is active');
  const batchId = scheduledBatchId(scheduleId, plannedAtMs);
  const replaces = timing.overlap === 'replace' ? openBatches : [];
  return event<ScheduleFired>('ScheduleFired', nowMs, { plannedAtMs, batchId, replaces });
}
