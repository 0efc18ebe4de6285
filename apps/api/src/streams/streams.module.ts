import { LogListener, movedStreams, readStreamPages } from '@bulkhead/event-store';
import {
  type BeforeApplicationShutdown,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type pg from 'pg';
import { AuthModule } from '../auth/auth.module.js';
import { CredentialDirectory } from '../auth/credential-directory.js';
import { deriveResponseKeys } from '../paging/response-keys.js';
import type { Settings } from '../settings.js';
import {
  API_POOL,
  CLOCK,
  RANDOM_BYTES,
  type RandomBytes,
  SETTINGS,
  type Timers,
} from '../sources.js';
import { OpenStreams, type OpenStreamsParts } from './open-streams.js';
import { StreamIds } from './stream-ids.js';
import { StreamWatch } from './stream-watch.js';

const logger = new Logger('streams');

/** Open streams hold the process by their connections, not by their timers. */
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

/** What every route with an event stream needs; its streams are closed before the process stops. */
@Module({
  imports: [AuthModule],
  providers: [
    {
      provide: OpenStreams,
      useFactory: (credentials: CredentialDirectory, clock: OpenStreamsParts['clock']) =>
        new OpenStreams({ credentials, clock, timers, warn: (line) => logger.warn(line) }),
      inject: [CredentialDirectory, CLOCK],
    },
    {
      provide: LogListener,
      useFactory: ({ apiDatabaseUrl }: Settings) => new LogListener(apiDatabaseUrl),
      inject: [SETTINGS],
    },
    {
      provide: StreamWatch,
      useFactory: (growth: LogListener, pool: pg.Pool) =>
        new StreamWatch({
          growth,
          moved: (streams) => movedStreams(pool, streams),
          readPages: (asked) => readStreamPages(pool, asked),
          timers,
        }),
      inject: [LogListener, API_POOL],
    },
    {
      provide: StreamIds,
      useFactory: ({ responseKey }: Settings, random: RandomBytes) =>
        new StreamIds(deriveResponseKeys(responseKey).streamIds, random),
      inject: [SETTINGS, RANDOM_BYTES],
    },
  ],
  exports: [OpenStreams, StreamWatch, StreamIds],
})
export class StreamsModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(OpenStreams) private readonly open: OpenStreams,
    @Inject(LogListener) private readonly listener: LogListener,
  ) {}

  /** The server waits for every answer that has begun, and a stream would never end by itself. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.open.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
  }
}
