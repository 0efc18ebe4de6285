import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { planOf } from './plan/draw-plan.js';
import { simulate } from './simulate.js';

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
    for (const seed of [1, 2, 3]) {
      expect(await simulate(planOf(seed))).toEqual(await simulate(planOf(seed)));
    }
  });

  it('is another one for another seed', async () => {
    const [one, other] = [await simulate(planOf(1)), await simulate(planOf(2))];
    expect(one.logHash).not.toBe(other.logHash);
  });
});
