import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { append, write } from '../log/samples.contract.js';
import { readRawPage } from './read-raw-entries.js';
import { TreeWorld } from './tree-world.contract.js';

const MIB = 1024 * 1024;
/** What a tenant can make large: a batch of thousands of tasks. */
const LARGE = 'x'.repeat(MIB);
const COUNT = 12;
let world: TreeWorld;

beforeAll(async () => {
  world = await TreeWorld.open();
  await world.reset();
  for (let nr = 1; nr <= COUNT; nr += 1) {
    await world.log.append(append(write(`wl_large_${nr}`, 0, [LARGE])));
  }
});
afterAll(() => world.close());

const positions = async (afterPosition: number, options: { limit: number; bytes?: number }) => {
  const { entries, isLast } = await readRawPage(world.pool, { afterPosition, ...options });
  return { positions: entries.map(({ position }) => position), isLast };
};

describe('a page of the log as it is stored', () => {
  it('ends where its entries have become large, and does not take that for the end of the log', async () => {
    expect(await positions(0, { limit: 500 })).toEqual({
      positions: [1, 2, 3, 4, 5, 6, 7, 8],
      isLast: false,
    });
    expect(await positions(8, { limit: 500 })).toEqual({
      positions: [9, 10, 11, 12],
      isLast: true,
    });
    expect(await positions(12, { limit: 500 })).toEqual({ positions: [], isLast: true });
  });

  it('holds one entry at least, whatever its size, and no more than were asked for', async () => {
    expect(await positions(3, { limit: 500, bytes: 1 })).toEqual({ positions: [4], isLast: false });
    expect(await positions(3, { limit: 2 })).toEqual({ positions: [4, 5], isLast: false });
    expect(await positions(11, { limit: 1 })).toEqual({ positions: [12], isLast: false });
  });

  it('lets the tree grow over all of them', async () => {
    world.start();
    await world.signed(COUNT);
  });
});
