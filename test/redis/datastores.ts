import { describe } from 'vitest';
import { describeOnRedis } from './redis-server.js';

/** The datastores that may hold the queues; a suite for queues runs on each. */
export const DATASTORES = [
  { name: 'postgres', describe: (title: string, suite: () => void) => describe(title, suite) },
  { name: 'redis', describe: describeOnRedis },
] as const;
