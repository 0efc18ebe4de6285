import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { pageOf } from '../paging/page.js';
import { ActOnBatch } from './act-on-batch.handler.js';
import {
  BatchActReason,
  BatchSchema,
  BatchSubmission,
  type BatchSubmissionBody,
} from './batch.schema.js';
import { BatchTaskSchema } from './batch-task.schema.js';
import { GetBatch } from './get-batch.handler.js';
import {
  BatchTaskListQuery,
  type BatchTaskListRequest,
  ListBatchTasks,
} from './list-batch-tasks.handler.js';
import { BatchListQuery, type BatchListRequest, ListBatches } from './list-batches.handler.js';
import { RetryFailed } from './retry-failed.handler.js';
import { SubmitBatch } from './submit-batch.handler.js';

type BatchActBody = z.infer<typeof BatchActReason> | undefined;

/** What the routes that act on a batch have in common. */
const actRoute = {
  scopes: ['workloads:write'],
  status: 202,
  answers: BatchSchema,
  problems: [400, 404, 409, 413, 415],
  isCommand: true,
} as const;

@ApiTags('batches')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Submit a batch of up to 10,000 tasks',
    description:
      'Validated whole: it is recorded with all of its tasks or not at all. All of them count as open work until the batch has ended; where that would be more than `limits.openWorkloads` of `GET /v1/tenant`, it is refused with 422 `QUOTA_EXCEEDED`. As NDJSON (up to 16 MiB, each line up to 1 MiB and 1,024 names) the first line is the batch without `tasks`, and each further one what differs in one task; what is wrong is told with the number of its line. In command, args and values of env of a task `{{index}}` stands for its index, which the variable BULKHEAD_TASK_INDEX holds too.',
    scopes: ['workloads:write'],
    status: 202,
    answers: BatchSchema,
    answerDescription: 'Recorded; its workloads are created from now on.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
    isLimited: true,
  })
  @ApiConsumes('application/json', 'application/x-ndjson')
  async submitBatch(
    @CurrentTenant() caller: TenantCaller,
    @Body({ schema: BatchSubmission }) batch: BatchSubmissionBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await this.commands.execute(new SubmitBatch(caller, batch, idempotency(batch)));
    return sendAnswer(reply, answer, ({ id }) => `/v1/batches/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List own batches, newest first',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(BatchSchema, 'BatchPage'),
    answerDescription: 'A page. Lists may trail what was just answered.',
    problems: [400],
    shows: ['batches'],
  })
  listBatches(
    @CurrentTenant() caller: TenantCaller,
    @Query({ schema: BatchListQuery }) request: BatchListRequest,
  ) {
    return this.queries.execute(new ListBatches(caller, request));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a batch',
    scopes: ['workloads:read'],
    status: 200,
    answers: BatchSchema,
    answerDescription: 'The batch as the log has it now.',
    problems: [404],
  })
  getBatch(@CurrentTenant() caller: TenantCaller, @Param('id') id: string) {
    return this.queries.execute(new GetBatch(caller, id));
  }

  @Get(':id/tasks')
  @ApiRoute({
    summary: 'List the tasks of a batch by index',
    description:
      'Outcomes are those that the batch has counted; the status of what has none may trail.',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(BatchTaskSchema, 'BatchTaskPage'),
    answerDescription: 'A page of its tasks, the lowest index first.',
    problems: [400, 404],
    // Which hosts are lost is seen as well, but no command of a tenant changes that.
    shows: ['workloads'],
  })
  listBatchTasks(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: BatchTaskListQuery }) request: BatchTaskListRequest,
  ) {
    return this.queries.execute(new ListBatchTasks(caller, id, request));
  }

  @Post(':id/pause')
  @ApiRoute({
    summary: 'Pause a batch',
    description:
      'No further task becomes a workload until it is resumed; those under way go on. May be repeated: the first reason stays.',
    ...actRoute,
    answerDescription: 'Nothing more of it is created.',
  })
  pauseBatch(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: BatchActReason.optional() }) body: BatchActBody,
  ) {
    return this.commands.execute(new ActOnBatch(caller, id, 'pause', body?.reason ?? null));
  }

  @Post(':id/resume')
  @ApiRoute({
    summary: 'Resume a paused batch',
    description: 'May be repeated: the first reason stays.',
    ...actRoute,
    answerDescription: 'Its tasks become workloads again.',
  })
  resumeBatch(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: BatchActReason.optional() }) body: BatchActBody,
  ) {
    return this.commands.execute(new ActOnBatch(caller, id, 'resume', body?.reason ?? null));
  }

  @Post(':id/cancel')
  @ApiRoute({
    summary: 'Cancel a batch',
    description:
      'No further task becomes a workload, those under way are cancelled, and the batch ends once they are gone. May be repeated: the first reason stays.',
    ...actRoute,
    answerDescription: 'The cancellation is recorded.',
  })
  cancelBatch(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: BatchActReason.optional() }) body: BatchActBody,
  ) {
    return this.commands.execute(new ActOnBatch(caller, id, 'cancel', body?.reason ?? null));
  }

  @Post(':id/retry-failed')
  @ApiRoute({
    summary: 'Run the tasks of a batch again that did not succeed',
    description:
      'Of a batch that has ended, all that did not succeed, those that were skipped among them, become a new batch with the same limits; each task keeps the index that it was told. A batch is retried once: a repetition is answered with the same new batch, and what fails there is retried there. 409 where what its tasks ran was erased; 422 `QUOTA_EXCEEDED` where there is no room for its tasks beside what the tenant has open.',
    scopes: ['workloads:write'],
    status: 202,
    answers: BatchSchema,
    answerDescription: 'The batch that retries, whose workloads are created from now on.',
    problems: [400, 404, 409, 413, 415, 422],
    creates: true,
    isLimited: true,
  })
  async retryFailed(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: BatchActReason.optional() }) body: BatchActBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const request = idempotency(body ?? {});
    const retry = new RetryFailed(caller, id, body?.reason ?? null, request);
    return sendAnswer(
      reply,
      await this.commands.execute(retry),
      (retrying) => `/v1/batches/${retrying.id}`,
    );
  }
}
