import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { BatchSummarySchema } from './batch-summary.schema.js';
import { SummarizeBatch } from './summarize-batch.handler.js';

@ApiTags('batches')
@Controller('v1/batches')
export class BatchSummaryController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':id/summary')
  @ApiRoute({
    summary: 'Sum up what the tasks of a batch came to',
    description:
      'Statuses, exit codes, attempts, how long tasks ran and took, and the first failures. Of a batch that has ended it is exact (`isFinal`); before that it tells what the lists know by now.',
    scopes: ['workloads:read'],
    status: 200,
    answers: BatchSummarySchema,
    answerDescription: 'The result, or what is known of it so far.',
    problems: [404],
    shows: ['workloads'],
  })
  summarizeBatch(@CurrentTenant() caller: TenantCaller, @Param('id') id: string) {
    return this.queries.execute(new SummarizeBatch(caller, id));
  }
}
