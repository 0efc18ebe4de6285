import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentTenant, type TenantCaller } from '../../auth/caller.js';
import { acceptedType } from '../../http/accepted-type.js';
import { ApiRoute } from '../../http/api-route.js';
import { EVENT_STREAM_TYPE, sendStream } from '../../streams/send-stream.js';
import { LAST_EVENT_ID, StreamHeaders } from '../../streams/stream-headers.js';
import { FollowLogs } from './follow-logs.js';
import { logsAsLines, logsAsText } from './logs-as-text.js';
import { WorkloadLogs } from './workload-logs.js';
import {
  WorkloadLogPage,
  WorkloadLogsQuery,
  type WorkloadLogsRequest,
} from './workload-logs.schema.js';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const TEXT = 'text/plain';

/** What workloads wrote to stdout and stderr. */
@ApiTags('workloads')
@Controller('v1/workloads/:id/logs')
export class WorkloadLogsController {
  constructor(
    private readonly logs: WorkloadLogs,
    private readonly follower: FollowLogs,
  ) {}

  @Get()
  @ApiProduces(JSON_TYPE, NDJSON, TEXT, EVENT_STREAM_TYPE)
  @StreamHeaders()
  @ApiRoute({
    summary: 'Read what a workload wrote to stdout and stderr',
    description:
      'Attempt after attempt, in the order in which it was written. A page as JSON; everything from the cursor on as NDJSON (a chunk on each line) or as text. While it runs, this is what was captured by now; once it has ended, it is all there is. How much and how long it is kept is set by the operator: where the bound of a workload is reached, a notice takes the place of the rest. With follow=true they are Server-Sent Events: each message holds a chunk as JSON, and its id is its attempt and its offset (`1.42`); with Last-Event-ID it goes on after that one, without gap or repetition. A message named `end` (`{"status": …}`) follows the last, when the workload has ended; one named `closed` (`{"reason": …}`) comes where the stream is closed before: connect again.',
    scopes: ['workloads:read'],
    status: 200,
    answers: WorkloadLogPage,
    answerDescription: 'What is kept of it; nothing once its days are over.',
    problems: [400, 404, 429],
    shows: [],
  })
  async readWorkloadLogs(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: WorkloadLogsQuery }) query: WorkloadLogsRequest,
    @Headers(LAST_EVENT_ID) lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { tenantId } = caller;
    request.workload = id;
    const type = acceptedType(request.headers.accept, [JSON_TYPE, NDJSON, TEXT]);
    if (query.follow) {
      await sendStream(request, reply, () => this.follower.open(caller, id, query, lastEventId));
      return;
    }
    if (type === JSON_TYPE) {
      void reply.send(await this.logs.page(tenantId, id, query));
      return;
    }
    const chunks = await this.logs.all(tenantId, id, query);
    const text = type === TEXT ? logsAsText(chunks) : logsAsLines(chunks);
    const body = Readable.from(text, { objectMode: false });
    void reply.header('content-type', `${type}; charset=utf-8`).send(body);
  }
}
