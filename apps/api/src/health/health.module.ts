import type { Clock } from '@bulkhead/domain';
import { listConsumers } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import type pg from 'pg';
import { API_POOL, CLOCK } from '../sources.js';
import { ConsumerHealth } from './consumer-health.js';
import { HealthController } from './health.controller.js';

@Module({
  controllers: [HealthController],
  providers: [
    {
      provide: ConsumerHealth,
      useFactory: (pool: pg.Pool, clock: Clock) =>
        new ConsumerHealth(() => listConsumers(pool), clock),
      inject: [API_POOL, CLOCK],
    },
  ],
})
export class HealthModule {}
