import { prefixedId } from '@bulkhead/domain';
import { EffectUnavailable } from '@bulkhead/event-store';
import { Redis } from 'ioredis';
import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnRedis } from '../../../../test/redis/datastores.js';
import { RedisServer } from '../../../../test/redis/redis-server.js';
import { BullJobQueue } from './bull-job-queue.js';
import { closeQueues, type OpenQueues, openQueues } from './open-queues.js';
import { chooseQueueBackend } from './queue-datastore.js';
import { QueueOutages } from './queue-outages.js';

describeOnRedis('queues in a Redis that is full', () => {
  let server: RedisServer;
  let redis: Redis;
  let queues: OpenQueues;
  let queue: BullJobQueue;
  const lines: string[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
    const settings = { workerDatabaseUrl: '', redisUrl: server.url };
    chooseQueueBackend(settings);
    const write = (_: unknown, message: string) => void lines.push(message);
    const outages = new QueueOutages({ info: write, warn: write, error: write } as never, () => 1);
    queues = await openQueues(settings, outages);
    queue = new BullJobQueue(queues, 'redis', outages);
  });
  afterAll(async () => {
    await closeQueues(queues);
    redis.disconnect();
    await server.end();
  });

  const add = (many: number) =>
    queue.add(
      Array.from({ length: many }, (_, at) => {
        const data = { hostId: prefixedId('host', v7()), position: at, correlationId: 'test' };
        return { kind: 'provision-host', id: `job-${v7()}`, delayMs: 0, data } as const;
      }),
    );

  it('are away for whoever adds to them, one job or many, until there is room', async () => {
    await add(1);
    await redis.config('SET', 'maxmemory', '1');
    for (const many of [1, 2_500]) await expect(add(many)).rejects.toThrow(EffectUnavailable);
    expect(lines).toEqual([
      'the queues cannot be reached; jobs wait and are issued again from the log',
    ]);
    await redis.config('SET', 'maxmemory', '0');
    await add(2);
    expect(lines.at(-1)).toBe('the queues answer again');
  });

  it('are taken for no other because their scripts were forgotten', async () => {
    await redis.script('FLUSH');
    await add(1).catch((error: unknown) => expect(error).toBeInstanceOf(EffectUnavailable));
    await expect.poll(() => add(1).then(() => 'added', String)).toBe('added');
  });
});
