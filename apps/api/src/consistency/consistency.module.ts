import { type EventLog, readProgress } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
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
import { CommandTokens } from './command-tokens.js';
import { ConsistencyGuard } from './consistency.guard.js';
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
      provide: CommandTokens,
      useFactory: (tokens: ConsistencyTokens, log: EventLog) => new CommandTokens(tokens, log),
      inject: [ConsistencyTokens, EVENT_LOG],
    },
    {
      provide: APP_GUARD,
      useFactory: (...args: ConstructorParameters<typeof ConsistencyGuard>) =>
        new ConsistencyGuard(...args),
      inject: [Reflector, ConsistencyTokens, ProjectionWaiter],
    },
  ],
  exports: [CommandTokens, ProjectionWaiter],
})
export class ConsistencyModule {}
