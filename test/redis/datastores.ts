import { describe, it } from 'vitest';
import { REDIS_PROGRAM, redisIsInstalled } from './redis-server.js';

/** Where this is set, as CI sets it, suites that need Redis fail without it instead of being skipped. */
const isRequired = Boolean(process.env['BULKHEAD_REDIS_REQUIRED']);

/** A suite that speaks to a real Redis. Without one it is skipped, and says so where nobody misses it. */
export function describeOnRedis(title: string, suite: () => void): void {
  if (!redisIsInstalled && isRequired) {
    describe(title, () => {
      it('has a redis-server', () => {
        throw new Error(`${REDIS_PROGRAM} is not installed, and BULKHEAD_REDIS_REQUIRED is set`);
      });
    });
    return;
  }
  if (!redisIsInstalled) {
    process.stderr.write(`\n!!! ${REDIS_PROGRAM} is not installed: "${title}" IS SKIPPED !!!\n\n`);
  }
  describe.skipIf(!redisIsInstalled)(title, suite);
}

/** The datastores that may hold the queues; a suite for queues runs on each. */
export const DATASTORES = [
  { name: 'postgres', describe: (title: string, suite: () => void) => describe(title, suite) },
  { name: 'redis', describe: describeOnRedis },
] as const;
