import { REDIS_PROGRAM, redisIsInstalled } from '../../redis/redis-server.js';

/** Where the queues are. A Redis without an append-only file is empty after a crash; one with it is not. */
export const DATASTORES = ['Postgres', 'Redis', 'Redis with appendonly'] as const;
export type Datastore = (typeof DATASTORES)[number];

/** By the seed, so that seeds in a row take turns: half in Postgres, a quarter in either Redis. */
const OF_SEED: readonly Datastore[] = ['Postgres', 'Redis', 'Postgres', 'Redis with appendonly'];

export function datastoreOf(seed: number): Datastore {
  return OF_SEED[seed % OF_SEED.length] as Datastore;
}

/** Why a seed's datastore cannot be had here; null where it can. */
export function missing(datastore: Datastore, isInstalled = redisIsInstalled): string | null {
  return datastore === 'Postgres' || isInstalled ? null : `${REDIS_PROGRAM} is not installed`;
}

/** Options of redis-server beside those that every test's server is given. */
export function redisOptions(datastore: Datastore): readonly string[] {
  return datastore === 'Redis with appendonly' ? ['--appendonly', 'yes'] : [];
}
