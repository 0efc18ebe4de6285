import { type Act, type ArrivedCrowd, oneOf, takenAway } from './act.js';
import { asSuperuser, heldUp } from './superuser.js';

/** What waits for the log is sure to be cut off before the log is free again. */
const KILLED_BEFORE_MS = 500;
const LOOK_EVERY_MS = 50;

async function hasOverflowed(crowd: ArrivedCrowd | null): Promise<boolean> {
  await crowd?.accepted;
  return crowd !== null && crowd.turnedAway() > 0;
}

export const actsOnStores: readonly Act[] = [
  {
    name: 'crash Postgres',
    weight: 1,
    lastsMs: { min: 0, max: 1_500 },
    run: (scene, lastsMs) =>
      takenAway(scene, 'Postgres', async () => {
        await scene.all.server.crash();
        await scene.pause(lastsMs);
        await scene.all.server.startAgain();
      }),
  },
  {
    name: 'restart Postgres',
    weight: 1,
    lastsMs: { min: 0, max: 0 },
    run: (scene) => takenAway(scene, 'Postgres', () => scene.all.server.startAgain()),
  },
  {
    name: 'hold the log up and kill the apis',
    weight: 1,
    lastsMs: { min: 500, max: 1_500 },
    run: async (scene, lastsMs) => {
      const held = heldUp(scene, lastsMs + KILLED_BEFORE_MS, 'log.events');
      await scene.pause(lastsMs);
      await Promise.all(scene.all.apis.map((api) => api.kill()));
      return held;
    },
  },
  {
    name: 'crowd an api while the log is held up',
    weight: 1,
    // At the longest: it ends as soon as somebody was turned away.
    lastsMs: { min: 14_000, max: 16_000 },
    run: async (scene, lastsMs, nr) => {
      const api = oneOf(scene.all.apis, nr);
      if (!api.isUp || api.paused) return false;
      let crowd: ArrivedCrowd | null = null;
      await asSuperuser(scene, async (client) => {
        // Everybody can read, so that submissions come as far as the door of the log, and wait there.
        await client.query('BEGIN; LOCK TABLE log.events IN EXCLUSIVE MODE');
        const arrived = scene.crowd(api);
        crowd = arrived;
        for (let waitedMs = 0; waitedMs < lastsMs; waitedMs += LOOK_EVERY_MS) {
          if (arrived.turnedAway() > 0) break;
          await scene.pause(LOOK_EVERY_MS);
        }
        await client.query('ROLLBACK');
      });
      return hasOverflowed(crowd);
    },
  },
];
