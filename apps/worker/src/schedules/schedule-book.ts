import { NextTimes, PlannedTimes } from '@bulkhead/calendar';
import {
  type BatchEvent,
  type BatchId,
  type RecordedEvent,
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleState,
  scheduleDecider,
  type TenantId,
  type TimeMs,
} from '@bulkhead/domain';

/** The event types that the book is folded from. */
export const scheduleBookTypes: readonly RecordedEvent['event']['type'][] = [
  'ScheduleCreated',
  'ScheduleChanged',
  'SchedulePaused',
  'ScheduleResumed',
  'ScheduleTimesMissed',
  'ScheduleFired',
  'ScheduleSkipped',
  'ScheduleDeleted',
  'BatchCancelRequested',
  'BatchSucceeded',
  'BatchFailed',
  'BatchCancelled',
];

/** A schedule that has not been deleted. Changed in place by the book. */
export interface KnownSchedule {
  readonly scheduleId: ScheduleId;
  readonly tenantId: TenantId;
  readonly correlationId: string;
  state: ScheduleState;
  version: number;
  /** Of its newest event. */
  position: number;
  /** Null where this process does not understand its expression or zone, which another one did. */
  times: PlannedTimes | null;
  /** The first planned time that is not settled; null where nothing is to be fired, undefined until looked for. */
  nextAtMs: TimeMs | null | undefined;
  /** Batches that it fired and that have not ended, the newest last. */
  readonly open: Set<BatchId>;
}

/** A batch that a later run of its schedule takes the place of, and that nobody has cancelled yet. */
export interface ReplacedBatch {
  readonly batchId: BatchId;
  readonly tenantId: TenantId;
  readonly correlationId: string;
  /** Of the event that says so. */
  readonly position: number;
}

/** Every schedule, and what of its runs has not ended, folded from the log. */
export class ScheduleBook {
  readonly schedules = new Map<ScheduleId, KnownSchedule>();
  readonly replaced = new Map<BatchId, ReplacedBatch>();
  /** Up to here the log was looked through. */
  position = 0;
  /** Of batches that have not ended, those that a schedule fired. */
  private readonly firedBy = new Map<BatchId, ScheduleId>();
  private readonly nextTimes = new NextTimes();

  evolve(recorded: RecordedEvent): void {
    this.position = recorded.position;
    if (recorded.stream.startsWith('sch_')) {
      this.evolveSchedule(recorded as RecordedEvent<ScheduleEvent>);
    } else {
      this.evolveBatch(recorded as RecordedEvent<BatchEvent>);
    }
  }

  /** Looks for the next planned time of so many whose next is not known. True where others are left. */
  lookAhead(most: number): boolean {
    let looked = 0;
    for (const schedule of this.schedules.values()) {
      if (schedule.nextAtMs !== undefined) continue;
      if (looked >= most) return true;
      schedule.nextAtMs = nextOf(schedule, this.nextTimes);
      looked += 1;
    }
    return false;
  }

  private evolveSchedule(recorded: RecordedEvent<ScheduleEvent>): void {
    const { event, version, position } = recorded;
    const scheduleId = recorded.stream as ScheduleId;
    if (event.type === 'ScheduleCreated') this.create(recorded, event.payload.tenantId);
    const schedule = this.schedules.get(scheduleId);
    if (schedule === undefined) return;
    const before = schedule.state.timing;
    schedule.state = scheduleDecider.evolve(schedule.state, event);
    schedule.version = version;
    schedule.position = position;
    if (event.type === 'ScheduleFired') this.fire(schedule, event.payload, recorded);
    if (event.type === 'ScheduleDeleted') this.schedules.delete(scheduleId);
    else if (schedule.state.timing !== before) schedule.times = timesOf(schedule.state);
    // Looking for it costs more than folding, and of a long history only the last one counts.
    schedule.nextAtMs = undefined;
  }

  private create(recorded: RecordedEvent<ScheduleEvent>, tenantId: TenantId): void {
    const scheduleId = recorded.stream as ScheduleId;
    this.schedules.set(scheduleId, {
      scheduleId,
      tenantId,
      correlationId: recorded.metadata.correlationId,
      state: scheduleDecider.initialState,
      version: 0,
      position: recorded.position,
      times: null,
      nextAtMs: undefined,
      open: new Set(),
    });
  }

  private fire(
    { scheduleId, tenantId, open }: KnownSchedule,
    { batchId, replaces }: { readonly batchId: BatchId; readonly replaces: readonly BatchId[] },
    { position, metadata }: RecordedEvent,
  ): void {
    open.add(batchId);
    this.firedBy.set(batchId, scheduleId);
    const { correlationId } = metadata;
    for (const replaced of replaces) {
      if (!this.firedBy.has(replaced)) continue;
      this.replaced.set(replaced, { batchId: replaced, tenantId, correlationId, position });
    }
  }

  private evolveBatch({ event, stream }: RecordedEvent<BatchEvent>): void {
    const batchId = stream as BatchId;
    this.replaced.delete(batchId);
    if (event.type === 'BatchCancelRequested') return;
    const scheduleId = this.firedBy.get(batchId);
    if (scheduleId === undefined) return;
    this.firedBy.delete(batchId);
    this.schedules.get(scheduleId)?.open.delete(batchId);
  }
}

function timesOf({ timing }: ScheduleState): PlannedTimes | null {
  try {
    return new PlannedTimes(timing.cron, timing.timeZone);
  } catch {
    return null;
  }
}

function nextOf({ state, times }: KnownSchedule, nextTimes: NextTimes): TimeMs | null {
  if (state.status !== 'active' || times === null) return null;
  const { cron, timeZone } = state.timing;
  return nextTimes.after(cron, timeZone, state.settledUntilMs);
}
