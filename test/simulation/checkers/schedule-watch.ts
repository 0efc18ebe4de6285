import { PlannedTimes } from '@bulkhead/calendar';
import {
  type RecordedEvent,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleState,
  scheduleDecider,
  type TimeMs,
} from '@bulkhead/domain';

/** From a planned time to its record, where nothing is wrong. */
const SETTLED_WITHIN_MS = 20_000;

/**
 * Holds what schedules record against the calendar: each planned time is settled in its turn, fired, skipped
 * or missed, and none is passed over in silence. That none is settled twice, and that what was fired is
 * submitted, is the checker's to prove.
 */
export class ScheduleWatch {
  private readonly states = new Map<ScheduleId, ScheduleState>();

  /** What is wrong with the event, in words; null where nothing is. */
  broken(recorded: RecordedEvent): string | null {
    if (!recorded.stream.startsWith('sch_')) return null;
    const scheduleId = recorded.stream as ScheduleId;
    const event = recorded.event as ScheduleEvent;
    const before = this.states.get(scheduleId) ?? scheduleDecider.initialState;
    this.states.set(scheduleId, scheduleDecider.evolve(before, event));
    const settled = settledBy(event);
    if (settled === null) return null;
    const { firstAtMs, lastAtMs } = settled;
    const about = `${scheduleId} settled ${timeOf(firstAtMs)}`;
    if (before.status !== 'active') return `planned-times: ${about} while it was ${before.status}`;
    const dueMs = nextOf(before);
    if (dueMs !== firstAtMs) return `planned-times: ${about}, and ${timeOf(dueMs)} was due`;
    return lastAtMs > event.occurredAtMs ? `planned-times: ${about} before it came` : null;
  }

  /** Schedules that fire until somebody deletes them. */
  living(): readonly ScheduleState[] {
    return [...this.states.values()].filter(({ status }) => status !== 'deleted');
  }

  /** A planned time that should be settled by now and is not, in words; null where there is none. */
  overdue(nowMs: TimeMs): string | null {
    for (const state of this.living()) {
      if (state.status !== 'active') continue;
      const dueMs = nextOf(state);
      if (dueMs === null || dueMs > nowMs - SETTLED_WITHIN_MS) continue;
      return `planned-times: ${state.scheduleId} did nothing about ${timeOf(dueMs)}`;
    }
    return null;
  }
}

function settledBy(event: ScheduleEvent): { firstAtMs: TimeMs; lastAtMs: TimeMs } | null {
  if (event.type === 'ScheduleTimesMissed') return event.payload;
  if (event.type !== 'ScheduleFired' && event.type !== 'ScheduleSkipped') return null;
  const { plannedAtMs } = event.payload;
  return { firstAtMs: plannedAtMs, lastAtMs: plannedAtMs };
}

function nextOf({ timing, settledUntilMs }: ScheduleState): TimeMs | null {
  const [next = null] = new PlannedTimes(timing.cron, timing.timeZone).after(settledUntilMs, 1);
  return next;
}

function timeOf(timeMs: TimeMs | null): string {
  return timeMs === null ? 'nothing' : new Date(timeMs).toISOString();
}
