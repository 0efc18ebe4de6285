import { type Act, oneOf } from './act.js';
import { asSuperuser, heldUp } from './superuser.js';

/** What consumers of the log write. */
const CONSUMED = ['read.workloads', 'read.batches', 'consumers.checkpoints'];
/** The list that tenants read: what it misses for good, they see. */
const HELD_WHILE_KILLED = 'read.workloads';
/** A slow one gets on, by a statement or two at a time. */
const SLOW = { heldMinMs: 100, heldMaxMs: 400, freeMs: 30 } as const;

export const actsOnConsumers: readonly Act[] = [
  {
    name: 'hold a consumer up',
    weight: 2,
    lastsMs: { min: 500, max: 3_000 },
    run: (scene, lastsMs, nr) => heldUp(scene, lastsMs, oneOf(CONSUMED, nr)),
  },
  {
    name: 'slow a consumer down',
    weight: 2,
    lastsMs: { min: 1_500, max: 6_000 },
    run: async (scene, lastsMs, nr) => {
      const table = oneOf(CONSUMED, nr);
      const heldMs = SLOW.heldMinMs + (nr % (SLOW.heldMaxMs - SLOW.heldMinMs));
      return asSuperuser(scene, async (client) => {
        const untilMs = performance.now() + lastsMs;
        while (performance.now() < untilMs) {
          await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
          await scene.pause(heldMs);
          await client.query('ROLLBACK');
          await scene.pause(SLOW.freeMs);
        }
      });
    },
  },
  {
    name: 'hold a consumer up and kill the workers one by one',
    weight: 1,
    lastsMs: { min: 2_000, max: 4_000 },
    run: async (scene, lastsMs) => {
      const held = heldUp(scene, lastsMs, HELD_WHILE_KILLED);
      const { workers } = scene.all;
      for (const worker of workers) {
        await scene.pause(lastsMs / (workers.length + 1));
        await worker.kill();
      }
      return held;
    },
  },
];
