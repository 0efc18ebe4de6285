import { describe, expect, it } from 'vitest';
import { AHEAD_MAX, JobsInHand } from './jobs-in-hand.js';

/** Jobs that end when they are told to. */
function underTest(jobsMax: number) {
  const state = { allowed: 0, running: 0, most: 0 };
  const ends: (() => void)[] = [];
  const hand = new JobsInHand(jobsMax, (parcels) => {
    state.allowed = parcels;
  });
  const act = async () => {
    state.running += 1;
    state.most = Math.max(state.most, state.running);
    await new Promise<void>((resolve) => ends.push(resolve));
    state.running -= 1;
  };
  const take = (jobs: number) => hand.each(Array.from({ length: jobs }), act);
  const endAll = async (taken: Promise<unknown>) => {
    let isOver = false;
    const over = taken.then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const end of ends.splice(0)) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await over;
  };
  return { state, hand, take, endAll };
}

describe('the jobs that a worker has in hand', () => {
  it('are asked for one parcel after the other, up to the bound, where each holds one', () => {
    const { state, take } = underTest(10);
    expect(state.allowed).toBe(AHEAD_MAX);
    for (let taken = 1; taken <= 10; taken += 1) {
      void take(1);
      expect(state.allowed).toBe(taken + Math.min(10 - taken, AHEAD_MAX));
    }
    expect(state.running).toBe(10);
  });

  it('are not asked for beyond the bound where parcels hold many, and go on when those have ended', async () => {
    const { state, take, endAll } = underTest(10);
    const taken = [take(16), take(16)];
    expect(state.allowed).toBe(2);
    await endAll(Promise.all(taken));
    expect(state.most).toBe(10);
    expect(state.allowed).toBe(AHEAD_MAX);
  });

  it('fail alone', async () => {
    const { hand } = underTest(10);
    const outcomes = await hand.each([1, 2, 3], async (nr) => {
      if (nr === 2) throw new Error('the host is away');
    });
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
