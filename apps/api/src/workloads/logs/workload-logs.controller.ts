import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentTenant, type TenantCaller } from '../../auth/caller.js';
import { acceptedType } from '../../http/accepted-type.js';
import { ApiRoute } from '../../http/api-route.js';
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
  constructor(private readonly logs: WorkloadLogs) {}

  @Get()
  @ApiProduces(JSON_TYPE, NDJSON, TEXT)
  @ApiRoute({
    summary: 'Read what a workload wrote to stdout and stderr',
    description:
      'Attempt after attempt, in the order in which it was written. A page as JSON; everything from the cursor on as NDJSON (a chunk on each line) or as text. While it runs, this is what was captured by now; once it has ended, it is all there is. How much and how long it is kept is set by the operator: where the bound of a workload is reached, a notice takes the place of the rest.',
    scopes: ['workloads:read'],
    status: 200,
    answers: WorkloadLogPage,
    answerDescription: 'What is kept of it; nothing once its days are over.',
    problems: [400, 404],
  })
  async readWorkloadLogs(
    @CurrentTenant() { tenantId }: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: WorkloadLogsQuery }) query: WorkloadLogsRequest,
    @Req() request: FastifyRequest,
  ) {
    request.workload = id;
    const type = acceptedType(request.headers.accept, [JSON_TYPE, NDJSON, TEXT]);
    if (type === JSON_TYPE) return this.logs.page(tenantId, id, query);
    const chunks = await this.logs.all(tenantId, id, query);
    const text = type === TEXT ? logsAsText(chunks) : logsAsLines(chunks);
    const body = Readable.from(text, { objectMode: false });
    return new StreamableFile(body, { type: `${type}; charset=utf-8` });
  }
}
