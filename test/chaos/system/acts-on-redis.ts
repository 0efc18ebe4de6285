import type { Act, Scene } from './act.js';
import { actsOnTheWayToRedis } from './acts-on-networks.js';

/** One that is killed is started again empty; an act that finds it away leaves it alone. */
let isAway = false;

async function away(scene: Scene, lastsMs: number): Promise<void> {
  if (isAway || scene.all.redis === null) return;
  isAway = true;
  await scene.all.redis.kill();
  await scene.pause(lastsMs);
  await scene.all.redis.run();
  isAway = false;
}

export const actsOnRedis: readonly Act[] = [
  ...actsOnTheWayToRedis,
  { name: 'kill Redis', weight: 2, lastsMs: { min: 0, max: 4_000 }, run: away },
  {
    name: 'empty Redis',
    weight: 3,
    lastsMs: { min: 0, max: 0 },
    run: async ({ all }) => {
      if (!isAway) await all.redis?.flushAll();
    },
  },
];
