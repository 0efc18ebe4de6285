import { type EventLog, readProgress } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import type pg from 'pg';
import { deriveResponseKeys } from '../paging/response-keys.js';
import type { Settings } from '../settings.js';
import {
  API_POOL,
  EVENT_LOG,
  RANDOM_BYTES,
  type RandomBytes,
  SETTINGS,
  type Timers,
} from '../sources.js';
import { ConsistencyInterceptor } from './consistency.interceptor.js';
import { ConsistencyTokens } from './consistency-tokens.js';
import { ProjectionWaiter } from './projection-waiter.js';

/** Waiting requests hold the process no longer than they hold their clients. */
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

@Module({
  providers: [
    {
      provide: ConsistencyTokens,
      useFactory: ({ responseKey }: Settings, random: RandomBytes) =>
        new ConsistencyTokens(deriveResponseKeys(responseKey).consistencyTokens, random),
      inject: [SETTINGS, RANDOM_BYTES],
    },
    {
      provide: ProjectionWaiter,
      useFactory: ({ consistencyTimeoutMs: timeoutMs }: Settings, pool: pg.Pool) =>
        new ProjectionWaiter({ readProgress: () => readProgress(pool), timers, timeoutMs }),
      inject: [SETTINGS, API_POOL],
    },
    {
      provide: APP_INTERCEPTOR,
      useFactory: (
        reflector: Reflector,
        tokens: ConsistencyTokens,
        waiter: ProjectionWaiter,
        log: EventLog,
      ) => new ConsistencyInterceptor(reflector, tokens, waiter, log),
      inject: [Reflector, ConsistencyTokens, ProjectionWaiter, EVENT_LOG],
    },
  ],
  exports: [ProjectionWaiter],
})
export class ConsistencyModule {}
