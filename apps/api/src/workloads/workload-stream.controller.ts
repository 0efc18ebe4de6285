import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { EVENT_STREAM_TYPE, sendStream } from '../streams/send-stream.js';
import { LAST_EVENT_ID, StreamHeaders } from '../streams/stream-headers.js';
import { FollowWorkload } from './follow-workload.handler.js';
import { WorkloadEventSchema } from './workload.schema.js';

@ApiTags('workloads')
@Controller('v1/workloads')
export class WorkloadStreamController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/events/stream')
  @ApiProduces(EVENT_STREAM_TYPE)
  @StreamHeaders()
  @ApiRoute({
    summary: 'Follow what happens to a workload',
    description:
      'Server-Sent Events: each message holds one event of the workload as JSON, and its id is the number of the event. With Last-Event-ID it goes on after that one, without gap or repetition. A message named `end` (`{"status": …}`) follows the last; one named `closed` (`{"reason": …}`) comes where the stream is closed before, because the token or credential has ended or the process stops: connect again.',
    scopes: ['workloads:read'],
    status: 200,
    answers: WorkloadEventSchema,
    answerDescription: 'Messages, each with data of this shape, until the workload has ended.',
    problems: [400, 404, 429],
  })
  async streamWorkloadEvents(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    request.workload = id;
    await sendStream(request, reply, () =>
      this.queries.execute(new FollowWorkload(caller, id, lastEventId)),
    );
  }
}
