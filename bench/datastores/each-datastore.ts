import { RedisServer, redisIsInstalled } from '../../test/redis/redis-server.js';

export type Datastore = 'postgres' | 'redis';

/** What a process is told of the datastore of its queues. */
export interface DatastoreEnvironment {
  readonly REDIS_URL?: string;
}

/** Those that this machine has, or the one that was asked for. @throws Error for another word */
export function datastoresOf(asked: string | undefined): readonly Datastore[] {
  if (asked !== undefined && asked !== 'postgres' && asked !== 'redis') {
    throw new Error(`--datastore must be postgres or redis, not ${asked}`);
  }
  if (asked !== undefined) return [asked];
  if (redisIsInstalled) return ['postgres', 'redis'];
  console.error('redis-server is not installed: only Postgres is measured');
  return ['postgres'];
}

/** Does something while the datastore is there; a Redis keeps what it holds, as a queue that is to last does. */
export async function withDatastore<T>(
  datastore: Datastore,
  act: (environment: DatastoreEnvironment) => Promise<T>,
): Promise<T> {
  if (datastore === 'postgres') return act({});
  const redis = await RedisServer.start(['--appendonly', 'yes']);
  try {
    return await act({ REDIS_URL: redis.url });
  } finally {
    await redis.end();
  }
}
