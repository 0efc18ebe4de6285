import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planOf } from './plan/draw-plan.js';
import { simulate } from './simulate.js';

/**
 * Logs of some seeds, the same on every machine and every version of Node. They change when what is
 * recorded, drawn or timed changes; then the new ones are put here with that change.
 */
const fixed = [
  [5, '7f0f5f830015237675ecc9a1aaa9a62395b8798a8ef7dc25079ccad586a46645'],
  [7, '503591a79955a9cc5a96fd8308216a654de0cd09a303b7c624f778a5f4e1062a'],
  [8, 'a01047454d5eeb2a0de1188f3444beec0e03a87a8c20af38da65f148e330acf4'],
] as const;

/** Four worlds one after the other, and every byte of two of them held against the others', on a busy machine. */
const FOUR_WORLDS = { timeout: 150_000 };

/** What would let two runs of one seed differ, and must not be asked. */
function refuse(what: string) {
  return () => {
    throw new Error(`a simulated world asked for ${what}`);
  };
}

describe('a simulated world', () => {
  beforeEach(() => {
    vi.spyOn(Date, 'now').mockImplementation(refuse('the real time'));
    vi.spyOn(Math, 'random').mockImplementation(refuse('real chance'));
    vi.spyOn(performance, 'now').mockImplementation(refuse('the real time'));
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(refuse('a real timer') as never);
    vi.spyOn(globalThis, 'setInterval').mockImplementation(refuse('a real timer') as never);
    vi.spyOn(globalThis.crypto, 'randomUUID').mockImplementation(refuse('a real UUID') as never);
    vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation(refuse('real chance'));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is the same to the last byte whenever it is played', FOUR_WORLDS, async () => {
    for (const seed of [7, 8]) {
      expect(await simulate(planOf(seed))).toEqual(await simulate(planOf(seed)));
    }
  });

  it.each(fixed)('of seed %i has this log on every machine', async (seed, hash) => {
    expect((await simulate(planOf(seed))).logHash).toBe(hash);
  });

  it('is another one for another seed', async () => {
    const [one, other] = [await simulate(planOf(7)), await simulate(planOf(8))];
    expect(one.logHash).not.toBe(other.logHash);
  });
});
