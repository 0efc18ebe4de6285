import { ToldQueues } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import { API_POOL, TOLD_QUEUES } from '../sources.js';
import { QueuesController } from './queues.controller.js';
import { GetQueueHandler, ListQueuesHandler } from './read-queues.handlers.js';
import { RetryQueueJobsHandler } from './retry-queue-jobs.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [QueuesController],
  providers: [
    {
      provide: TOLD_QUEUES,
      useFactory: (pool: pg.Pool) => new ToldQueues(pool),
      inject: [API_POOL],
    },
    ListQueuesHandler,
    GetQueueHandler,
    RetryQueueJobsHandler,
  ],
})
export class QueuesModule {}
