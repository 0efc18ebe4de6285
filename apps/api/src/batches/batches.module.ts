import { turnsOfProcess } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ConsistencyModule } from '../consistency/consistency.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { NEXT_TURN } from '../sources.js';
import { StreamsModule } from '../streams/streams.module.js';
import { ActOnBatchHandler } from './act-on-batch.handler.js';
import { BatchStreamController } from './batch-stream.controller.js';
import { BatchSummaryController } from './batch-summary.controller.js';
import { BatchesController } from './batches.controller.js';
import { FollowBatchHandler } from './follow-batch.handler.js';
import { GetBatchHandler } from './get-batch.handler.js';
import { LargeBatches } from './large-batches.js';
import { ListBatchTasksHandler } from './list-batch-tasks.handler.js';
import { ListBatchesHandler } from './list-batches.handler.js';
import { RetryFailedHandler } from './retry-failed.handler.js';
import { SubmitBatchHandler } from './submit-batch.handler.js';
import { SummarizeBatchHandler } from './summarize-batch.handler.js';

@Module({
  imports: [CqrsModule, ConsistencyModule, LimitsModule, StreamsModule],
  controllers: [BatchesController, BatchStreamController, BatchSummaryController],
  providers: [
    { provide: NEXT_TURN, useValue: turnsOfProcess },
    LargeBatches,
    SubmitBatchHandler,
    ActOnBatchHandler,
    RetryFailedHandler,
    GetBatchHandler,
    ListBatchesHandler,
    ListBatchTasksHandler,
    FollowBatchHandler,
    SummarizeBatchHandler,
  ],
})
export class BatchesModule {}
