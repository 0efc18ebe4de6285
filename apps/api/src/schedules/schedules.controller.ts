import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { type ExpectedTag, IfMatch, sendTagged } from '../http/entity-tag.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { pageOf } from '../paging/page.js';
import { ActOnSchedule } from './act-on-schedule.handler.js';
import { ChangeSchedule } from './change-schedule.handler.js';
import { CreateSchedule } from './create-schedule.handler.js';
import {
  GetSchedule,
  ListSchedules,
  ScheduleListQuery,
  type ScheduleListRequest,
} from './read-schedules.handlers.js';
import {
  ScheduleActReason,
  type ScheduleBody,
  ScheduleChange,
  type ScheduleChangeBody,
  ScheduleSubmission,
} from './schedule.schema.js';
import { ScheduleSchema, ScheduleSummarySchema } from './schedule-view.schema.js';

type ActBody = z.infer<typeof ScheduleActReason> | undefined;

/** What the routes that act on a schedule have in common. */
const actRoute = {
  scopes: ['workloads:write'],
  status: 200,
  answers: ScheduleSchema,
  problems: [400, 404, 409, 413, 415],
  isCommand: true,
  isTagged: true,
} as const;

@ApiTags('schedules')
@Controller('v1/schedules')
export class SchedulesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Create a schedule that submits a batch at planned times',
    description:
      'Planned times are those of the wall clock of its time zone: one that the clock skips comes as long after the jump as it lies behind its beginning, one that it shows twice comes once; without an hour (`*`) it follows the hours as they pass. A workload is a batch of one. Each task is told the planned time in the variable BULKHEAD_PLANNED_AT, and its index as tasks of other batches are.',
    scopes: ['workloads:write'],
    status: 201,
    answers: ScheduleSchema,
    answerDescription: 'It fires from its next planned time on.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
    isTagged: true,
  })
  async createSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Body({ schema: ScheduleSubmission }) schedule: ScheduleBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const create = new CreateSchedule(caller, schedule, idempotency(schedule));
    return sendAnswer(
      reply,
      await this.commands.execute(create),
      ({ id }) => `/v1/schedules/${id}`,
    );
  }

  @Get()
  @ApiRoute({
    summary: 'List own schedules, newest first',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(ScheduleSummarySchema, 'SchedulePage'),
    answerDescription: 'A page. Lists may trail what was just answered.',
    problems: [400],
    shows: ['schedules'],
  })
  listSchedules(
    @CurrentTenant() caller: TenantCaller,
    @Query({ schema: ScheduleListQuery }) request: ScheduleListRequest,
  ) {
    return this.queries.execute(new ListSchedules(caller, request));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a schedule',
    scopes: ['workloads:read'],
    status: 200,
    answers: ScheduleSchema,
    answerDescription: 'The schedule as the log has it now, also after it was deleted.',
    problems: [404],
    isTagged: true,
  })
  async getSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendTagged(reply, await this.queries.execute(new GetSchedule(caller, id)));
  }

  @Patch(':id')
  @ApiRoute({
    summary: 'Change a schedule',
    description:
      'What is given replaces what was, whole. Where the expression or the zone changes, planned times count from now on; what is under way goes on.',
    ...actRoute,
    answerDescription: 'The schedule as it is from now on.',
  })
  async changeSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: ScheduleChange }) change: ScheduleChangeBody,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const changed = await this.commands.execute(new ChangeSchedule(caller, id, change, expected));
    return sendTagged(reply, changed);
  }

  @Post(':id/pause')
  @ApiRoute({
    summary: 'Pause a schedule',
    description: 'What is planned until it is resumed is never fired. May be repeated.',
    ...actRoute,
    answerDescription: 'Nothing more is fired; what is under way goes on.',
  })
  async pauseSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: ScheduleActReason.optional() }) body: ActBody,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const act = new ActOnSchedule(caller, id, 'pause', body?.reason ?? null, expected);
    return sendTagged(reply, await this.commands.execute(act));
  }

  @Post(':id/resume')
  @ApiRoute({
    summary: 'Resume a paused schedule',
    description: 'May be repeated.',
    ...actRoute,
    answerDescription: 'It fires from its next planned time on.',
  })
  async resumeSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: ScheduleActReason.optional() }) body: ActBody,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const act = new ActOnSchedule(caller, id, 'resume', body?.reason ?? null, expected);
    return sendTagged(reply, await this.commands.execute(act));
  }

  @Delete(':id')
  @ApiRoute({
    summary: 'Delete a schedule',
    description: 'It never fires again; batches that it fired go on. May be repeated.',
    ...actRoute,
    answerDescription: 'It is deleted. Its runs can still be read.',
  })
  async deleteSchedule(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const act = new ActOnSchedule(caller, id, 'delete', null, expected);
    return sendTagged(reply, await this.commands.execute(act));
  }
}
