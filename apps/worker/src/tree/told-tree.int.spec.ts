import { listConsumers, openPool, TreeStopped, TreeStops } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Running,
  TreeWorld,
} from '../../../../libs/event-store/src/tree/tree-world.contract.js';
import { realTimers } from '../real-time.js';
import { ToldTree } from './told-tree.js';

const soon = { timeout: 10_000, interval: 20 };
const telling = { everyMs: 20, overAfterMs: 200 };
let world: TreeWorld;
let apiPool: ReturnType<typeof openPool>;
const stopping: AbortController[] = [];

beforeAll(async () => {
  world = await TreeWorld.open();
  apiPool = openPool({ url: world.database.apiUrl, applicationName: 'told-tree-api' });
});
afterAll(async () => {
  for (const one of stopping) one.abort();
  await apiPool.end();
  await world.close();
});

/** The same builder once more, as a worker runs it. */
function told({ builder }: Running) {
  const stop = new AbortController();
  stopping.push(stop);
  const logger = { warn: () => {} };
  const tree = new ToldTree(builder, {
    stops: new TreeStops(world.pool),
    timers: realTimers,
    logger,
    telling,
  });
  return { ended: tree.run(stop.signal), stop };
}
const shown = async () => (await listConsumers(apiPool)).find(({ name }) => name === 'tree');

describe('a tree whose log was cut off', () => {
  it('is shown to operators as stopped, with the reason, as long as a worker says so', async () => {
    const whole = world.start();
    await world.grow(120);
    await world.signed(120);
    await whole.stop();
    await world.tamper(
      'CREATE TABLE public.cut AS SELECT * FROM log.events WHERE position > 100',
      'DELETE FROM log.events WHERE position > 100',
    );
    const refusing = world.start();
    await refusing.ended;
    const { ended, stop } = told(refusing);
    await expect(ended).rejects.toThrow(TreeStopped);
    const { trouble } = (await shown()) ?? {};
    expect(trouble).toMatchObject({ kind: 'stopped', position: 101, eventId: null, tries: 1 });
    expect(trouble?.reason).toContain('the log ends at position 100, but its tree has 120 leaves');
    const saidAgain = async () => (await shown())?.trouble?.stoppedAtMs ?? 0;
    await expect.poll(saidAgain, soon).toBeGreaterThan(trouble?.stoppedAtMs ?? 0);
    expect((await shown())?.trouble?.sinceMs).toBe(trouble?.sinceMs);
    stop.abort();
  });

  it('is shown so no more once a worker works that finds nothing wrong', async () => {
    await world.tamper('INSERT INTO log.events TABLE public.cut');
    const repaired = world.start();
    await repaired.stop();
    const { ended, stop } = told(repaired);
    await expect.poll(async () => (await shown())?.trouble, soon).toBeNull();
    stop.abort();
    await ended;
  });
});
