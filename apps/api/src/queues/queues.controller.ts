import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import {
  QueueActSchema,
  QueueListSchema,
  QueueRetry,
  type QueueRetryBody,
  QueueSchema,
} from './queue.schema.js';
import { GetQueue, ListQueues } from './read-queues.handlers.js';
import { RetryQueueJobs } from './retry-queue-jobs.handler.js';

@ApiTags('queues')
@Controller('v1/queues')
export class QueuesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @ApiRoute({
    summary: 'List the queues of jobs: how many wait, for how long, and what has failed for good',
    description: 'As the workers have told it within the last seconds.',
    scopes: ['platform:admin'],
    status: 200,
    answers: QueueListSchema,
    answerDescription: 'All of them: there are few.',
  })
  listQueues() {
    return this.queries.execute(new ListQueues());
  }

  @Get(':name')
  @ApiRoute({
    summary: 'Show one queue of jobs',
    scopes: ['platform:admin'],
    status: 200,
    answers: QueueSchema,
    answerDescription: 'The queue, as the workers have told it within the last seconds.',
    problems: [404],
  })
  getQueue(@Param('name') name: string) {
    return this.queries.execute(new GetQueue(name));
  }

  @Post(':name/retry')
  @ApiRoute({
    summary: 'Have the jobs of a queue tried again that have failed for good',
    description:
      'Each of them as often as at first, and none that fails later. It is recorded who said so and why. May be repeated.',
    scopes: ['platform:admin'],
    status: 202,
    answers: QueueActSchema,
    answerDescription: 'Recorded; the queue, as it still is, and what happens now.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  retryJobs(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body({ schema: QueueRetry }) { reason }: QueueRetryBody,
  ) {
    return this.commands.execute(new RetryQueueJobs(caller, name, reason));
  }
}
