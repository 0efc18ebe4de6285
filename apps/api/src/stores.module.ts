import { randomBytes } from 'node:crypto';
import {
  assertSafeRole,
  connectionProblem,
  KEPT_STATES,
  openPool,
  openReadModels,
  PostgresLog,
  uuidSource,
} from '@bulkhead/event-store';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { v7 } from 'uuid';
import { Cursors } from './paging/cursors.js';
import { deriveResponseKeys } from './paging/response-keys.js';
import { pooledRandom } from './pooled-random.js';
import { Pseudonyms } from './pseudonyms/pseudonyms.js';
import { READ_MODELS, type ReadModels } from './read-models.js';
import type { Settings } from './settings.js';
import {
  API_POOL,
  CLOCK,
  EVENT_LOG,
  NEW_UUID,
  RANDOM_BYTES,
  type RandomBytes,
  SETTINGS,
} from './sources.js';

const newUuid = uuidSource(Date.now, v7);

/** Everything that the real world provides: time, chance, and Postgres as the api's own role. */
@Global()
@Module({
  providers: [
    { provide: CLOCK, useValue: Date.now },
    { provide: NEW_UUID, useValue: newUuid },
    { provide: RANDOM_BYTES, useValue: pooledRandom((count) => randomBytes(count)) },
    {
      provide: API_POOL,
      useFactory: (settings: Settings) =>
        safePool('API_DATABASE_URL', settings.apiDatabaseUrl, 'bulkhead-api'),
      inject: [SETTINGS],
    },
    {
      provide: EVENT_LOG,
      useFactory: ({ appendsWaitingMax: appends }: Settings, pool: pg.Pool) =>
        new PostgresLog({
          pool,
          newEventId: newUuid,
          waitingLimits: { appends },
          keptStates: KEPT_STATES,
        }),
      inject: [SETTINGS, API_POOL],
    },
    {
      provide: READ_MODELS,
      // After the pool, so that an unsafe role is refused before anything else is tried.
      useFactory: (settings: Settings, _pool: pg.Pool) =>
        openReadModels({ url: settings.apiDatabaseUrl, applicationName: 'bulkhead-api-lists' }),
      inject: [SETTINGS, API_POOL],
    },
    {
      provide: Cursors,
      useFactory: (settings: Settings, random: RandomBytes) =>
        new Cursors(deriveResponseKeys(settings.responseKey).cursors, random),
      inject: [SETTINGS, RANDOM_BYTES],
    },
    {
      provide: Pseudonyms,
      useFactory: (settings: Settings) =>
        new Pseudonyms(deriveResponseKeys(settings.responseKey).pseudonyms),
      inject: [SETTINGS],
    },
  ],
  exports: [CLOCK, NEW_UUID, RANDOM_BYTES, API_POOL, EVENT_LOG, READ_MODELS, Cursors, Pseudonyms],
})
export class StoresModule implements OnApplicationShutdown {
  constructor(
    @Inject(API_POOL) private readonly pool: pg.Pool,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
  ) {}

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.pool.end(), this.readModels.destroy()]);
  }
}

/** @throws UnsafeRole, so that the process never serves requests as a role that could rewrite the log */
export async function safePool(
  setting: string,
  url: string,
  applicationName: string,
): Promise<pg.Pool> {
  const pool = openPool({ url, applicationName });
  try {
    await assertSafeRole(pool);
    return pool;
  } catch (error) {
    await pool.end();
    const problem = connectionProblem(error, url);
    throw problem ? new Error(`${setting}: ${problem}`, { cause: error }) : error;
  }
}
