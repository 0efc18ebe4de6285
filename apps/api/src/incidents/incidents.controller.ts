import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import { ContainIncident } from './contain-incident.handler.js';
import {
  IncidentContainment,
  type IncidentContainmentBody,
  IncidentReport,
  type IncidentReportBody,
  IncidentSchema,
} from './incident.schema.js';
import { GetIncident, ListIncidents } from './read-incidents.handlers.js';
import { ReportIncident } from './report-incident.handler.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('incidents')
@Controller('v1/incidents')
export class IncidentsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Report an incident',
    description:
      "Its host is put in quarantine in the same append, with the incident as the reason: nothing is placed or started there, and nothing that ended there is released. With `stop`, what runs is stopped. A host that has left the fleet stays as it is; `quarantine` in the answer says what was done. A suspected workload that does not exist, or is another tenant's, is refused with `INCIDENT_UNKNOWN_WORKLOAD`.",
    scopes: ['platform:admin'],
    status: 201,
    answers: IncidentSchema,
    answerDescription:
      'Recorded. The host is in quarantine, unless it has left the fleet: see `quarantine`.',
    problems: [400, 404, 409, 413, 415, 422],
    creates: true,
  })
  async reportIncident(
    @CurrentCaller() caller: Caller,
    @Body({ schema: IncidentReport }) report: IncidentReportBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new ReportIncident(caller, report, idempotency(report));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ id }) => `/v1/incidents/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List the incidents, newest first',
    scopes: ['platform:admin'],
    status: 200,
    answers: pageOf(IncidentSchema, 'IncidentPage'),
    answerDescription: 'A page, those that are contained included.',
    problems: [400],
    shows: [],
  })
  listIncidents(@Query({ schema: PageQuery }) page: PageRequest) {
    return this.queries.execute(new ListIncidents(page));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read an incident',
    scopes: ['platform:admin'],
    status: 200,
    answers: IncidentSchema,
    answerDescription: 'The incident as the log has it now.',
    problems: [404],
  })
  getIncident(@Param('id') id: string) {
    return this.queries.execute(new GetIncident(id));
  }

  @Post(':id/contain')
  @ApiRoute({
    summary: 'State that an incident is contained',
    description:
      'The host stays in quarantine until `POST /v1/hosts/{id}/release`: then its evidence goes. May be repeated: the note of the first time stays.',
    scopes: ['platform:admin'],
    status: 200,
    answers: IncidentSchema,
    answerDescription: 'Contained.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  containIncident(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: IncidentContainment }) { note }: IncidentContainmentBody,
  ) {
    return this.commands.execute(new ContainIncident(caller, id, note));
  }
}
