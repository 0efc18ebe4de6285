import { describe, expect, it } from 'vitest';
import { turnsOneByOne } from '../log/turns.js';
import { SLICE_MAX, Slices } from './slices.js';

/** In which slice each item was done, from items of that size. */
async function slicesOf(count: number, bytes: number): Promise<number> {
  let turns = 0;
  const slices = new Slices(async () => (turns += 1));
  for (let item = 0; item < count; item += 1) await slices.did(bytes);
  return turns;
}

describe('work that grows with what a tenant sends', () => {
  it('lets others go on after so many items, or so many bytes of them', async () => {
    expect(await slicesOf(SLICE_MAX.items - 1, 1)).toBe(0);
    expect(await slicesOf(SLICE_MAX.items * 3, 1)).toBe(3);
    expect(await slicesOf(3, SLICE_MAX.bytes)).toBe(3);
    expect(await slicesOf(4, SLICE_MAX.bytes / 2)).toBe(2);
  });

  it('is one slice a turn, however much of it is under way', async () => {
    const turns: (() => void)[] = [];
    const next = turnsOneByOne((act) => turns.push(act));
    const done: string[] = [];
    const work = ['a', 'b'].map(async (name) => {
      for (let slice = 1; slice <= 2; slice += 1) {
        await next();
        done.push(`${name}${slice}`);
      }
    });
    const told: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const act of turns.splice(0)) act();
      await new Promise((resolve) => setImmediate(resolve));
      told.push(done.splice(0).join(' '));
    }
    await Promise.all(work);
    expect(told).toEqual(['a1', 'b1', 'a2', 'b2']);
  });
});
