import type { Pause } from '../batch/state.js';
import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { BatchId, ScheduleId, TenantId } from '../ids.js';
import type {
  ContentReference,
  ScheduleChanged,
  ScheduledBatch,
  ScheduleEvent,
  ScheduleTiming,
  SkipCause,
} from './events.js';

export type ScheduleStatus = 'absent' | 'active' | 'paused' | 'deleted';

/** Runs that a schedule's state keeps; older ones are in the log alone. */
export const SCHEDULE_RUNS_KEPT = 100;

/** What became of a planned time, or of several that were missed: then it is the last of them. */
export interface ScheduleRun {
  readonly outcome: 'fired' | 'skipped' | 'missed';
  readonly plannedAtMs: TimeMs;
  readonly settledAtMs: TimeMs;
  /** The batch that was fired, or the earlier one that was in the way. */
  readonly batchId: BatchId | null;
  /** Earlier batches that were cancelled for it. */
  readonly replaces: readonly BatchId[];
  readonly cause: SkipCause | null;
  readonly detail: string | null;
  readonly missed: { readonly count: number | null; readonly firstAtMs: TimeMs } | null;
}

export interface ScheduleState {
  readonly scheduleId: ScheduleId | null;
  readonly tenantId: TenantId | null;
  readonly status: ScheduleStatus;
  /** Since when its tenant wants nothing fired, and why; null unless it is paused. */
  readonly pause: Pause | null;
  readonly timing: ScheduleTiming;
  readonly name: ContentReference | null;
  readonly batch: ScheduledBatch | null;
  /** Every planned time up to here was fired, skipped or missed, or came before it counted. */
  readonly settledUntilMs: TimeMs;
  /** Grows with everything that its tenant does to it, and with nothing else. */
  readonly revision: number;
  /** The newest first. */
  readonly runs: readonly ScheduleRun[];
  readonly createdAtMs: TimeMs;
  readonly changedAtMs: TimeMs;
}

/** A schedule without the tasks that it fires: all that a list shows of it. */
export type ScheduleSummary = Omit<ScheduleState, 'batch'>;

export const noSchedule: ScheduleState = {
  scheduleId: null,
  tenantId: null,
  status: 'absent',
  pause: null,
  timing: { cron: '', timeZone: 'UTC', overlap: 'skip', catchUpLimit: 0 },
  name: null,
  batch: null,
  settledUntilMs: 0,
  revision: 0,
  runs: [],
  createdAtMs: 0,
  changedAtMs: 0,
};

/** A schedule after one more event of its stream. */
export function evolveSchedule(state: ScheduleState, event: ScheduleEvent): ScheduleState {
  const atMs = event.occurredAtMs;
  switch (event.type) {
    case 'ScheduleCreated': {
      const created = { ...state, ...event.payload, status: 'active', createdAtMs: atMs } as const;
      return revised({ ...created, settledUntilMs: atMs }, atMs);
    }
    case 'ScheduleChanged':
      return revised(changed(state, event), atMs);
    case 'SchedulePaused': {
      const pause = { atMs, reason: event.payload.reason };
      return revised({ ...state, status: 'paused', pause }, atMs);
    }
    case 'ScheduleResumed':
      return revised({ ...state, status: 'active', pause: null, settledUntilMs: atMs }, atMs);
    case 'ScheduleDeleted':
      return revised({ ...state, status: 'deleted', pause: null }, atMs);
    case 'ScheduleTimesMissed': {
      const { lastAtMs, ...missed } = event.payload;
      return ran(state, { ...nothing, outcome: 'missed', plannedAtMs: lastAtMs, missed }, atMs);
    }
    case 'ScheduleFired':
      return ran(state, { ...nothing, outcome: 'fired', ...event.payload }, atMs);
    case 'ScheduleSkipped': {
      const { openBatchId, ...skipped } = event.payload;
      return ran(state, { ...nothing, outcome: 'skipped', ...skipped, batchId: openBatchId }, atMs);
    }
    default:
      return unknownEvent(event);
  }
}

const nothing = { batchId: null, replaces: [], cause: null, detail: null, missed: null };

/** Planned times count from the change on where it moves them. */
function changed(state: ScheduleState, { payload, occurredAtMs }: ScheduleChanged): ScheduleState {
  const { timing, name, batch } = payload;
  const { cron, timeZone } = state.timing;
  const isMoved = timing.cron !== cron || timing.timeZone !== timeZone;
  const settledUntilMs = isMoved ? occurredAtMs : state.settledUntilMs;
  return {
    ...state,
    timing,
    name: name ?? state.name,
    batch: batch ?? state.batch,
    settledUntilMs,
  };
}

function revised(state: ScheduleState, atMs: TimeMs): ScheduleState {
  return { ...state, revision: state.revision + 1, changedAtMs: atMs };
}

function ran(
  state: ScheduleState,
  run: Omit<ScheduleRun, 'settledAtMs'>,
  settledAtMs: TimeMs,
): ScheduleState {
  const runs = [{ ...run, settledAtMs }, ...state.runs.slice(0, SCHEDULE_RUNS_KEPT - 1)];
  return { ...state, settledUntilMs: run.plannedAtMs, runs };
}

/** The content part that nothing of the schedule lies in yet. */
export function freeContentPart({ name, batch }: ScheduleState): number {
  return Math.max(name?.part ?? -1, batch?.content.part ?? -1) + 1;
}
