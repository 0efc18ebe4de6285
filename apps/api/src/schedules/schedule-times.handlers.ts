import { canonicalTimeZone, PlannedTimes } from '@bulkhead/calendar';
import type { Clock, ScheduleRun } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { CLOCK, EVENT_LOG, timeText } from '../sources.js';
import { readSchedule } from './read-schedules.handlers.js';
import type { PlannedTimesView, SchedulePreviewBody } from './schedule.schema.js';
import { scheduleRunView } from './schedule-view.js';
import type { ScheduleRunView } from './schedule-view.schema.js';

export class ListScheduleRuns extends Query<Page<ScheduleRunView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly page: PageRequest,
  ) {
    super();
  }
}

/** No two runs have the same planned time, so a page goes on after one. */
@QueryHandler(ListScheduleRuns)
export class ListScheduleRunsHandler implements IQueryHandler<ListScheduleRuns> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly cursors: Cursors,
  ) {}

  async execute({ caller, id, page }: ListScheduleRuns): Promise<Page<ScheduleRunView>> {
    const { tenantId } = caller;
    const { state } = await readSchedule(this.log, tenantId, id);
    const { items, nextCursor } = await readPage<ScheduleRun>(
      this.cursors,
      { list: 'schedule-runs', scope: tenantId, filters: { id } },
      page,
      async (after, fetch) => {
        const beforeMs = after === null ? Number.POSITIVE_INFINITY : Number(after);
        return state.runs.filter((run) => run.plannedAtMs < beforeMs).slice(0, fetch);
      },
      ({ plannedAtMs }) => String(plannedAtMs),
    );
    return { items: items.map(scheduleRunView), nextCursor };
  }
}

export class ListPlannedTimes extends Query<PlannedTimesView> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly count: number,
  ) {
    super();
  }
}

/** A schedule that is not active has none. */
@QueryHandler(ListPlannedTimes)
export class ListPlannedTimesHandler implements IQueryHandler<ListPlannedTimes> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, count }: ListPlannedTimes): Promise<PlannedTimesView> {
    const { state } = await readSchedule(this.log, caller.tenantId, id);
    const { cron, timeZone } = state.timing;
    if (state.status !== 'active') return { timeZone, items: [] };
    const fromMs = Math.max(state.settledUntilMs, this.clock());
    return { timeZone, items: new PlannedTimes(cron, timeZone).after(fromMs, count).map(timeText) };
  }
}

export class PreviewSchedule extends Query<PlannedTimesView> {
  constructor(readonly preview: SchedulePreviewBody) {
    super();
  }
}

@QueryHandler(PreviewSchedule)
export class PreviewScheduleHandler implements IQueryHandler<PreviewSchedule> {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  async execute({ preview }: PreviewSchedule): Promise<PlannedTimesView> {
    const { cron, count, after } = preview;
    const timeZone = canonicalTimeZone(preview.timeZone);
    const fromMs = after === undefined ? this.clock() : Date.parse(after);
    return { timeZone, items: new PlannedTimes(cron, timeZone).after(fromMs, count).map(timeText) };
  }
}
