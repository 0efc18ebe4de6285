import { Redis } from 'ioredis';
import { type Act, type Scene, takenAway } from './act.js';
import { actsOnTheWayToRedis } from './acts-on-networks.js';

/** Less than a Redis holds that is empty: it refuses whatever would write. */
const NO_MEMORY = '1';
const UNLIMITED = '0';

/** Asks the server past every proxy; false where it is away. */
async function asked({ all }: Scene, act: (client: Redis) => Promise<unknown>): Promise<boolean> {
  if (all.redis === null) return false;
  const options = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null };
  const client = new Redis(all.redis.url, options);
  client.on('error', () => {});
  try {
    await client.connect();
    await act(client);
    return true;
  } catch {
    // It was killed meanwhile: there is nothing left to do to it.
    return false;
  } finally {
    client.disconnect();
  }
}

export const actsOnRedis: readonly Act[] = [
  ...actsOnTheWayToRedis,
  {
    // What it comes back with is the datastore's: nothing, or what its append-only file holds.
    name: 'kill Redis',
    weight: 3,
    lastsMs: { min: 0, max: 4_000 },
    run: (scene, lastsMs) =>
      takenAway(scene, 'Redis', async () => {
        await scene.all.redis?.kill();
        await scene.pause(lastsMs);
        await scene.all.redis?.run();
      }),
  },
  {
    name: 'empty Redis',
    weight: 3,
    lastsMs: { min: 0, max: 0 },
    run: (scene) => asked(scene, (client) => client.flushall()),
  },
  {
    name: 'fill Redis up',
    weight: 2,
    lastsMs: { min: 500, max: 4_000 },
    run: async (scene, lastsMs) => {
      const isFull = await asked(scene, (redis) => redis.config('SET', 'maxmemory', NO_MEMORY));
      await scene.pause(lastsMs);
      // One that was killed meanwhile is back, or comes back, without a limit.
      await asked(scene, (redis) => redis.config('SET', 'maxmemory', UNLIMITED));
      return isFull;
    },
  },
];
