import { describe, expect, it } from 'vitest';
import { problemOf } from './usable-redis.js';

describe('a server that may hold the queues', () => {
  it('is Redis 7 or newer, or a Valkey, which calls itself a Redis too', () => {
    expect(problemOf('# Server\r\nredis_version:7.0.15\r\n')).toBeNull();
    expect(problemOf('redis_version:8.2.1\r\nmaxmemory_policy:noeviction\r\n')).toBeNull();
    expect(problemOf('redis_version:7.2.4\r\nvalkey_version:8.0.1\r\n')).toBeNull();
  });

  it('is refused with its version where it is too old or does not say', () => {
    expect(problemOf('redis_version:6.2.14\r\n')).toMatch(
      /^is Redis 6\.2\.14; queues need Redis 7/,
    );
    expect(problemOf('redis_version:7.2.4\r\nvalkey_version:7.1.9\r\n')).toMatch(
      /^is Valkey 7\.1\.9/,
    );
    expect(problemOf('')).toMatch(/^is Redis 0;/);
  });
});
