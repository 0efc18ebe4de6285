import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import {
  PlannedTimesQuery,
  PlannedTimesSchema,
  SchedulePreview,
  type SchedulePreviewBody,
} from './schedule.schema.js';
import { ListPlannedTimes, ListScheduleRuns, PreviewSchedule } from './schedule-times.handlers.js';
import { ScheduleRunSchema } from './schedule-view.schema.js';

const RunsQuery = z.strictObject(pageQuery);

@ApiTags('schedules')
@Controller('v1/schedules')
export class ScheduleTimesController {
  constructor(private readonly queries: QueryBus) {}

  @Post('preview')
  @ApiRoute({
    summary: 'Tell when a schedule would fire',
    description: 'Records nothing.',
    scopes: ['workloads:read'],
    status: 200,
    answers: PlannedTimesSchema,
    answerDescription: 'The next planned times.',
    problems: [400, 413, 415],
  })
  previewSchedule(@Body({ schema: SchedulePreview }) preview: SchedulePreviewBody) {
    return this.queries.execute(new PreviewSchedule(preview));
  }

  @Get(':id/next')
  @ApiRoute({
    summary: 'List the next planned times of a schedule',
    scopes: ['workloads:read'],
    status: 200,
    answers: PlannedTimesSchema,
    answerDescription: 'The next planned times; none unless it is active.',
    problems: [400, 404],
  })
  listPlannedTimes(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: PlannedTimesQuery }) { count }: z.infer<typeof PlannedTimesQuery>,
  ) {
    return this.queries.execute(new ListPlannedTimes(caller, id, count));
  }

  @Get(':id/runs')
  @ApiRoute({
    summary: 'List what became of planned times, the newest first',
    description: 'The newest 100; auditors find all of them among the events.',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(ScheduleRunSchema, 'ScheduleRunPage'),
    answerDescription: 'A page of what the log holds now.',
    problems: [400, 404],
    shows: [],
  })
  listScheduleRuns(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: RunsQuery }) page: PageRequest,
  ) {
    return this.queries.execute(new ListScheduleRuns(caller, id, page));
  }
}
