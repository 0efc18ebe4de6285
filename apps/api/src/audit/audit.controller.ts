import { Controller, Get, Param, Query, Req } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ApiRoute } from '../http/api-route.js';
import {
  AuditEventPage,
  AuditEventsQuery,
  type AuditEventsRequest,
  AuditWorkloadQuery,
  AuditWorkloadSchema,
} from './audit.schema.js';
import { AuditDecisionsSchema } from './decisions/decision.schema.js';
import { GetAuditDecisions } from './decisions/get-audit-decisions.handler.js';
import { GetAuditWorkload } from './get-audit-workload.handler.js';
import { ListAuditEvents } from './list-audit-events.handler.js';

@ApiTags('audit')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get('events')
  @ApiRoute({
    summary: 'Read the log, across tenants',
    description: 'In the order of the log; positions have no gaps.',
    scopes: ['audit:read'],
    status: 200,
    answers: AuditEventPage,
    answerDescription: 'Events after afterPosition that match every filter given.',
    problems: [400],
    shows: [],
  })
  listAuditEvents(@Query({ schema: AuditEventsQuery }) request: AuditEventsRequest) {
    return this.queries.execute(new ListAuditEvents(request));
  }

  @Get('decisions/:id')
  @ApiRoute({
    summary: 'Read why a workload got its wall, and decide it again',
    description:
      'Each decision of isolation with everything that it looked at, told rule by rule, and made again from that under the versions that it names.',
    scopes: ['audit:read'],
    status: 200,
    answers: AuditDecisionsSchema,
    answerDescription: 'In the order of the log.',
    problems: [404],
  })
  getAuditDecisions(@Param('id') id: string, @Req() request: FastifyRequest) {
    request.workload = id;
    return this.queries.execute(new GetAuditDecisions(id));
  }

  @Get('workloads/:id')
  @ApiRoute({
    summary: 'Read a workload as it was',
    scopes: ['audit:read'],
    status: 200,
    answers: AuditWorkloadSchema,
    answerDescription: 'Folded from what was recorded by then.',
    problems: [400, 404],
  })
  getAuditWorkload(
    @Param('id') id: string,
    @Query({ schema: AuditWorkloadQuery }) { at }: z.infer<typeof AuditWorkloadQuery>,
    @Req() request: FastifyRequest,
  ) {
    request.workload = id;
    return this.queries.execute(new GetAuditWorkload(id, at));
  }
}
