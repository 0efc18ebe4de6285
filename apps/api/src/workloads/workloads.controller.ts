import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { pathOf } from '../http/request-context.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import { CancelWorkload } from './cancel-workload.handler.js';
import { GetWorkload } from './get-workload.handler.js';
import { ListWorkloadEvents } from './list-workload-events.handler.js';
import {
  ListWorkloads,
  WorkloadListQuery,
  type WorkloadListRequest,
} from './list-workloads.handler.js';
import { Cancellation, Submission, type SubmissionBody } from './submission.schema.js';
import { SubmitWorkload } from './submit-workload.handler.js';
import { WorkloadEventSchema, WorkloadSchema } from './workload.schema.js';
import { WorkloadWithCancellationSchema, WorkloadWithContentSchema } from './workload-content.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('workloads')
@Controller('v1/workloads')
export class WorkloadsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Submit a workload',
    description:
      'Decides at once how strong the wall must be. A refusal by the rules is recorded and answered with 422, its reasons and the id of the workload. No room right now is no error: the workload waits. A tenant that has as much open (accepted and not ended) as `limits.openWorkloads` of `GET /v1/tenant` says is refused with 422 `QUOTA_EXCEEDED`, and nothing is recorded.',
    scopes: ['workloads:write'],
    status: 202,
    answers: WorkloadSchema,
    answerDescription: 'Recorded, and waiting for a place.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
    isLimited: true,
  })
  async submitWorkload(
    @CurrentTenant() caller: TenantCaller,
    @Body({ schema: Submission }) submission: SubmissionBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(
      new SubmitWorkload(caller, submission, idempotency(submission), pathOf(request)),
    );
    const { id, workloadId } = answer.body as { id?: string; workloadId?: string };
    request.workload = id ?? workloadId ?? null;
    return sendAnswer(reply, answer, () => `/v1/workloads/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List own workloads, newest first',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(WorkloadSchema, 'WorkloadPage'),
    answerDescription: 'A page. Lists may trail what was just answered.',
    problems: [400],
    // Which hosts are lost is seen as well, but no command of a tenant changes that.
    shows: ['workloads'],
  })
  listWorkloads(
    @CurrentTenant() caller: TenantCaller,
    @Query({ schema: WorkloadListQuery }) request: WorkloadListRequest,
  ) {
    return this.queries.execute(new ListWorkloads(caller, request));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a workload',
    scopes: ['workloads:read'],
    status: 200,
    answers: WorkloadWithContentSchema,
    answerDescription: 'The workload as the log has it now.',
    problems: [404],
  })
  getWorkload(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Req() request: FastifyRequest,
  ) {
    request.workload = id;
    return this.queries.execute(new GetWorkload(caller, id));
  }

  @Get(':id/events')
  @ApiRoute({
    summary: 'Read what happened to a workload',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(WorkloadEventSchema, 'WorkloadEventPage'),
    answerDescription: 'A page of its events, oldest first.',
    problems: [400, 404],
    shows: [],
  })
  listWorkloadEvents(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: PageQuery }) page: PageRequest,
    @Req() request: FastifyRequest,
  ) {
    request.workload = id;
    return this.queries.execute(new ListWorkloadEvents(caller, id, page));
  }

  @Post(':id/cancel')
  @ApiRoute({
    summary: 'Cancel a workload',
    description:
      'May be repeated: the first reason stays. What runs is stopped first, and cancelled once it is gone.',
    scopes: ['workloads:write'],
    status: 202,
    answers: WorkloadWithCancellationSchema,
    answerDescription: 'The cancellation is recorded.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  cancelWorkload(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: Cancellation.optional() }) body: z.infer<typeof Cancellation> | undefined,
    @Req() request: FastifyRequest,
  ) {
    request.workload = id;
    return this.commands.execute(new CancelWorkload(caller, id, body?.reason ?? null));
  }
}
