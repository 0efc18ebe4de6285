import type { Clock } from '@bulkhead/domain';
import { listConsumers, ToldQueues } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import type pg from 'pg';
import { API_POOL, CLOCK } from '../sources.js';
import { HealthController } from './health.controller.js';
import { ToldHealth } from './told-health.js';

@Module({
  controllers: [HealthController],
  providers: [
    {
      provide: ToldHealth,
      useFactory: (pool: pg.Pool, clock: Clock) => {
        const queues = new ToldQueues(pool);
        const told = { consumers: () => listConsumers(pool), queues: () => queues.list() };
        return new ToldHealth(told, clock);
      },
      inject: [API_POOL, CLOCK],
    },
  ],
})
export class HealthModule {}
