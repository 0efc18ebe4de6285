import { Redis } from 'ioredis';
import { afterEach, expect, it } from 'vitest';
import { describeOnRedis } from '../../../../test/redis/datastores.js';
import { RedisServer } from '../../../../test/redis/redis-server.js';
import { assertUsableRedis } from './usable-redis.js';

describeOnRedis('a worker that is started with a Redis that cannot hold queues', () => {
  let other: RedisServer;
  afterEach(() => other.end());

  const refusalOf = (url: string): Promise<string> =>
    assertUsableRedis(url).then(
      () => 'none',
      ({ message }: Error) => message,
    );

  it('is told where nobody answers', async () => {
    other = await RedisServer.start();
    expect(await refusalOf(other.url)).toBe('none');
    await other.kill();
    expect(await refusalOf(other.url)).toBe(
      `no Redis answers at 127.0.0.1:${other.port} (ECONNREFUSED)`,
    );
  });

  it('is told of a wrong or missing password without hearing it again', async () => {
    other = await RedisServer.start(['--requirepass', 'right-words']);
    const refusal = `the server at 127.0.0.1:${other.port} refuses the login`;
    expect(await refusalOf(other.url)).toBe(refusal);
    expect(await refusalOf(other.url.replace('//', '//:secret-words@'))).toBe(refusal);
    expect(await refusalOf(other.url.replace('//', '//:right-words@'))).toBe('none');
  });

  it('is told of one that hangs up on those who come from elsewhere, or are too many', async () => {
    other = await RedisServer.start(['--maxclients', '1']);
    const first = new Redis(other.url);
    await first.ping();
    expect(await refusalOf(other.url)).toContain(
      `the server at 127.0.0.1:${other.port} hangs up at once`,
    );
    first.disconnect();
  });

  it('is told of one that drops keys when memory runs short', async () => {
    other = await RedisServer.start(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru']);
    expect(await refusalOf(other.url)).toBe(
      `the server at 127.0.0.1:${other.port} drops keys when memory runs short (maxmemory-policy allkeys-lru); queues need noeviction`,
    );
  });
});
