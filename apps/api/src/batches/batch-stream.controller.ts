import { Controller, Get, Headers, Param, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { EVENT_STREAM_TYPE, sendStream } from '../streams/send-stream.js';
import { LAST_EVENT_ID, StreamHeaders } from '../streams/stream-headers.js';
import { BatchEventSchema } from './batch-event.schema.js';
import { FollowBatch } from './follow-batch.handler.js';

@ApiTags('batches')
@Controller('v1/batches')
export class BatchStreamController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/events/stream')
  @ApiProduces(EVENT_STREAM_TYPE)
  @StreamHeaders()
  @ApiRoute({
    summary: 'Follow how a batch comes on',
    description:
      'Server-Sent Events: each message tells as JSON what happened to the batch (every finished task once, as the batch counts it; acts; the end) and where it stands with that. With the id of a message as Last-Event-ID it goes on after that one, without gap or repetition. A message named `end` (`{"status": …}`) follows the last; one named `closed` (`{"reason": …}`) comes where the stream is closed before, because the token or credential has ended or the process stops: connect again.',
    scopes: ['workloads:read'],
    status: 200,
    answers: BatchEventSchema,
    answerDescription: 'Messages, each with data of this shape, until the batch has ended.',
    problems: [400, 404, 429],
  })
  async streamBatchEvents(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendStream(request, reply, () =>
      this.queries.execute(new FollowBatch(caller, id, lastEventId)),
    );
  }
}
