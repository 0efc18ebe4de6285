import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planOf } from './plan/draw-plan.js';
import { simulate } from './simulate.js';

/**
 * Logs of some seeds, the same on every machine and every version of Node. They change when what is
 * recorded, drawn or timed changes; then the new ones are put here with that change.
 */
const fixed = [
  [5, '4eaccac82e41cfc372867cf79a394e54814c374210c9386e8688019970e9cdf8'],
  [7, '0b701f89bc8bc3f6573b6f2f9b2e3b4c1b1ae75e98bf1ce894512d11084c797e'],
  [8, '22a74d5a0a4877ce4e57ac6c5c4ccb6361ec62c904d7c833f16f92d754c3998e'],
] as const;

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

  it('is the same to the last byte whenever it is played', async () => {
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
