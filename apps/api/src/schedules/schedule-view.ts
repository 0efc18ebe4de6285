import { NextTimes } from '@bulkhead/calendar';
import type {
  ScheduleRun,
  ScheduleState,
  ScheduleSummary,
  StreamId,
  TenantId,
  TimeMs,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { pauseView } from '../batches/batch-view.js';
import { timeText } from '../sources.js';
import type { ScheduleRunView, ScheduleSummaryView, ScheduleView } from './schedule-view.schema.js';

/** What follows from an expression alone is the same for all who ask. */
const nextTimes = new NextTimes();

/** The parts of a schedule's content: what it is called, and the batch that it fires. */
export interface ScheduleContent {
  readonly name: string | null;
  readonly batch: unknown;
}

/** A schedule as its tenant sees it. @param nowMs after which the next planned time is looked for */
export function scheduleView(
  state: ScheduleState,
  { name, batch }: ScheduleContent,
  nowMs: TimeMs,
): ScheduleView {
  const taskCount = state.batch?.count ?? state.batch?.tasks.length ?? 0;
  return { ...scheduleSummaryView(state, name, nowMs), taskCount, batch };
}

/** The same without what it fires. */
export function scheduleSummaryView(
  state: ScheduleSummary,
  name: string | null,
  nowMs: TimeMs,
): ScheduleSummaryView {
  const { scheduleId, status, timing, runs } = state;
  if (scheduleId === null || status === 'absent') throw new Error('there is no such schedule');
  const { cron, timeZone, overlap, catchUpLimit } = timing;
  const [lastRun] = runs;
  return {
    ...{
      id: scheduleId,
      name,
      status,
      paused: pauseView(state.pause),
      cron,
      timeZone,
      overlap,
      catchUpLimit,
    },
    nextAt: nextOf(state, nowMs),
    lastRun: lastRun === undefined ? null : scheduleRunView(lastRun),
    createdAt: timeText(state.createdAtMs),
    changedAt: timeText(state.changedAtMs),
  };
}

function nextOf({ status, timing, settledUntilMs }: ScheduleSummary, nowMs: TimeMs) {
  if (status !== 'active') return null;
  const fromMs = Math.max(settledUntilMs, nowMs);
  const next = nextTimes.after(timing.cron, timing.timeZone, fromMs);
  return next === null ? null : timeText(next);
}

export function scheduleRunView(run: ScheduleRun): ScheduleRunView {
  const { outcome, batchId, cause, detail, missed } = run;
  return {
    plannedAt: timeText(run.plannedAtMs),
    settledAt: timeText(run.settledAtMs),
    ...{ outcome, batchId, replaces: [...run.replaces], cause, detail },
    missed:
      missed === null ? null : { count: missed.count, firstPlannedAt: timeText(missed.firstAtMs) },
  };
}

/** What of a schedule, as it is now, lies beside the log; null where it was erased. */
export async function scheduleContent(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  stream: StreamId,
  { name, batch }: ScheduleState,
): Promise<ScheduleContent> {
  if (name === null || batch === null) return { name: null, batch: null };
  return readScheduleContent(log, tenantId, stream, { name: name.part, batch: batch.content.part });
}

/** The same of these parts, which a change of the schedule leaves behind. */
export async function readScheduleContent(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  stream: StreamId,
  parts: Readonly<Record<keyof ScheduleContent, number>>,
): Promise<ScheduleContent> {
  const [named, stored] = await log.readContents(tenantId, [
    { stream, part: parts.name },
    { stream, part: parts.batch },
  ]);
  return {
    name: (named as { name?: string } | null)?.name ?? null,
    batch: (stored as { sent?: unknown } | null)?.sent ?? null,
  };
}
