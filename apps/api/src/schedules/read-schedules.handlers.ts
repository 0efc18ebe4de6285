import {
  type Clock,
  isId,
  type ScheduleId,
  type ScheduleState,
  scheduleDecider,
  type TenantId,
} from '@bulkhead/domain';
import { type EventLog, type ListedSchedule, listSchedules } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { TenantCaller } from '../auth/caller.js';
import type { Tagged } from '../http/entity-tag.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { scheduleContent, scheduleSummaryView, scheduleView } from './schedule-view.js';
import {
  SCHEDULE_STATUSES,
  type ScheduleSummaryView,
  type ScheduleView,
} from './schedule-view.schema.js';

/** A schedule as the log has it now. @throws RequestProblem where the tenant has no such one */
export async function readSchedule(
  log: Pick<EventLog, 'readState'>,
  tenantId: TenantId,
  id: string,
): Promise<{ readonly scheduleId: ScheduleId; readonly state: ScheduleState }> {
  if (!isId('sch', id)) throw notFound('schedule');
  const { state, version } = await log.readState(tenantId, id, scheduleDecider);
  if (version === 0) throw notFound('schedule');
  return { scheduleId: id, state };
}

export class GetSchedule extends Query<Tagged<ScheduleView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetSchedule)
export class GetScheduleHandler implements IQueryHandler<GetSchedule> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id }: GetSchedule): Promise<Tagged<ScheduleView>> {
    const { tenantId } = caller;
    const { scheduleId, state } = await readSchedule(this.log, tenantId, id);
    const content = await scheduleContent(this.log, tenantId, scheduleId, state);
    return { revision: state.revision, view: scheduleView(state, content, this.clock()) };
  }
}

export const ScheduleListQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(SCHEDULE_STATUSES).optional().meta({
    description: 'All but the deleted ones, where left out.',
  }),
});
export type ScheduleListRequest = z.infer<typeof ScheduleListQuery>;

export class ListSchedules extends Query<Page<ScheduleSummaryView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly request: ScheduleListRequest,
  ) {
    super();
  }
}

@QueryHandler(ListSchedules)
export class ListSchedulesHandler implements IQueryHandler<ListSchedules> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly cursors: Cursors,
  ) {}

  async execute({ caller, request }: ListSchedules): Promise<Page<ScheduleSummaryView>> {
    const { limit, cursor, ...filters } = request;
    const { tenantId } = caller;
    const { status } = filters;
    const filter = status === undefined ? {} : { status };
    const { items, nextCursor } = await readPage<ListedSchedule>(
      this.cursors,
      { list: 'schedules', scope: tenantId, filters },
      { limit, cursor },
      (after, fetch) => listSchedules(this.readModels, tenantId, filter, storePage(after, fetch)),
      ({ scheduleId }) => scheduleId,
    );
    const nowMs = this.clock();
    const names = await this.log.readContents(
      tenantId,
      items.map(({ scheduleId: stream, state }) => ({ stream, part: state.name?.part ?? 0 })),
    );
    const nameAt = (at: number) => (names[at] as { name?: string } | null)?.name ?? null;
    return {
      items: items.map(({ state }, at) => scheduleSummaryView(state, nameAt(at), nowMs)),
      nextCursor,
    };
  }
}
