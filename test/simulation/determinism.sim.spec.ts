import { AsyncLocalStorage } from 'node:async_hooks';
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

const inWorld = new AsyncLocalStorage<boolean>();
const play = (seed: number) => inWorld.run(true, () => simulate(planOf(seed)));

/**
 * Has nobody in a world ask for what would let two runs of one seed differ. Whatever else goes on in this process may:
 * connections that the file before has left open have timers.
 */
function refuse(owner: object, name: string, what: string): void {
  const real = Reflect.get(owner, name).bind(owner);
  vi.spyOn(owner as Record<string, () => void>, name).mockImplementation((...given: unknown[]) => {
    if (inWorld.getStore()) throw new Error(`a simulated world asked for ${what}`);
    return real(...given);
  });
}

describe('a simulated world', () => {
  beforeEach(() => {
    refuse(Date, 'now', 'the real time');
    refuse(Math, 'random', 'real chance');
    refuse(performance, 'now', 'the real time');
    refuse(globalThis, 'setTimeout', 'a real timer');
    refuse(globalThis, 'setInterval', 'a real timer');
    refuse(globalThis.crypto, 'randomUUID', 'a real UUID');
    refuse(globalThis.crypto, 'getRandomValues', 'real chance');
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is the same to the last byte whenever it is played', FOUR_WORLDS, async () => {
    for (const seed of [7, 8]) {
      expect(await play(seed)).toEqual(await play(seed));
    }
  });

  it.each(fixed)('of seed %i has this log on every machine', async (seed, hash) => {
    expect((await play(seed)).logHash).toBe(hash);
  });

  it('is played beside what else goes on in this process, and lets that look at the clock', async () => {
    const beside = new Promise<number>((resolve) => {
      setImmediate(() => resolve(Date.now()));
    });
    const [nowMs] = await Promise.all([beside, play(7)]);
    expect(nowMs).toBeGreaterThan(0);
  });

  it('is another one for another seed', async () => {
    const [one, other] = [await play(7), await play(8)];
    expect(one.logHash).not.toBe(other.logHash);
  });
});
