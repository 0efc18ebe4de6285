import type { QueueDatastoreName } from '@bulkhead/event-store';
import { createPostgresBackend, type QueueOptions, setDefaultBackendFactory } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { AnsweredSocket } from './answered-socket.js';

export interface QueueSettings {
  readonly workerDatabaseUrl: string;
  /** Redis 7 or Valkey, where the queues are kept instead of Postgres; it may hold a password. */
  readonly redisUrl: string | null;
}

/** The schema that holds the queues in Postgres, and what their keys begin with in Redis. */
const QUEUE_SCHEMA = 'bullmq';
const KEY_PREFIX = 'bulkhead';
/** Connections to Postgres of what takes jobs of one queue; it listens on one more. */
const TAKER_CONNECTIONS_MAX = 4;
/** And of what adds jobs to one queue. */
const ADDER_CONNECTIONS_MAX = 2;

/** A Redis that is away is asked again after this, doubling up to the longest pause. */
const RECONNECT_FIRST_MS = 100;
const RECONNECT_LONGEST_MS = 2_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Adding fails after this, well within the ten seconds that a batch of events may lie idle in its
 * transaction.
 */
export const ADD_TIMEOUT_MS = 5_000;
/**
 * Longer than BullMQ lets Redis wait for a job, and than anything that it asks Postgres takes, so that only a
 * dead connection is given up.
 */
export const SILENT_MS = 15_000;
/** A connection that was silent for so long has ended well within this. */
const HANG_UP_MS = 2_000;

/** Where the queues are: in Postgres unless a Redis is named. */
export function datastoreOf({ redisUrl }: QueueSettings): QueueDatastoreName {
  return redisUrl === null ? 'postgres' : 'redis';
}

/** Must be called before the first queue is made: BullMQ has one default for the whole process. */
export function chooseQueueBackend(settings: QueueSettings): void {
  setDefaultBackendFactory(settings.redisUrl === null ? createPostgresBackend : undefined);
}

export type QueueConnection = Pick<QueueOptions, 'connection' | 'prefix'>;

/** What takes jobs waits as long as it takes for a Redis that is away. */
export function takerConnection(settings: QueueSettings): QueueConnection {
  const { redisUrl } = settings;
  if (redisUrl === null) return { connection: postgresOf(settings, TAKER_CONNECTIONS_MAX) };
  const patient = { maxRetriesPerRequest: null, socketTimeout: SILENT_MS };
  return { connection: { url: redisUrl, ...redisOptions, ...patient }, prefix: KEY_PREFIX };
}

/** What adds jobs fails at once while Redis is away: whoever adds tries again from the log. */
export function adderConnection(settings: QueueSettings): QueueConnection {
  const { redisUrl } = settings;
  if (redisUrl === null) return { connection: postgresOf(settings, ADDER_CONNECTIONS_MAX) };
  const impatient = { enableOfflineQueue: false, commandTimeout: ADD_TIMEOUT_MS };
  return { connection: { url: redisUrl, ...redisOptions, ...impatient }, prefix: KEY_PREFIX };
}

const redisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (tries: number) =>
    Math.min(RECONNECT_FIRST_MS * 2 ** (tries - 1), RECONNECT_LONGEST_MS),
  // After a failover the old master refuses writes; the name leads to the new one.
  reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
} satisfies RedisOptions;

/** What is in it can be lost: jobs are issued again from the log, so commits need not wait for the disk. */
function postgresOf({ workerDatabaseUrl }: QueueSettings, max: number): QueueOptions['connection'] {
  const connection = {
    connectionString: workerDatabaseUrl,
    application_name: 'bulkhead-queue',
    schema: QUEUE_SCHEMA,
    migrate: true,
    max,
    keepAlive: true,
    // A network that swallows answers would otherwise hold whoever adds or takes jobs for hours. The first
    // also bounds how long a statement waits for its turn.
    connectionTimeoutMillis: SILENT_MS,
    stream: () => new AnsweredSocket(SILENT_MS),
    // Only afterwards, because whoever gives a question up says something more on the same connection.
    query_timeout: SILENT_MS + HANG_UP_MS,
    options: '-c synchronous_commit=off',
  };
  // BullMQ's type knows Redis only.
  return connection as unknown as QueueOptions['connection'];
}
