import { beforeEach, describe, expect, it } from 'vitest';
import { type Awaited, ProjectionWaiter, WAITING_MAX } from './projection-waiter.js';

const TIMEOUT_MS = 5_000;
let progress: Map<string, number>;
let reads: number;
let failure: Error | null;
let nowMs: number;
let timers: { readonly atMs: number; readonly run: () => void }[];
let waiter: ProjectionWaiter;

beforeEach(() => {
  [progress, reads, failure, nowMs, timers] = [new Map(), 0, null, 0, []];
  waiter = new ProjectionWaiter({
    readProgress: async () => {
      reads += 1;
      if (failure !== null) throw failure;
      return new Map(progress);
    },
    timers: {
      after(delayMs, run) {
        const timer = { atMs: nowMs + delayMs, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    timeoutMs: TIMEOUT_MS,
  });
});

/** Lets everything happen that is due until then, in its order. */
async function pass(ms: number): Promise<void> {
  const untilMs = nowMs + ms;
  for (;;) {
    await new Promise(setImmediate);
    const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined) break;
    timers = timers.filter((timer) => timer !== next);
    nowMs = next.atMs;
    next.run();
  }
  nowMs = untilMs;
}

const awaited = (position: number, change: Partial<Awaited> = {}): Awaited => ({
  scope: 'ten_a',
  projections: ['workloads'],
  position,
  ...change,
});

const outcome = (wait: Promise<void>) =>
  wait.then(
    () => 'passed',
    (error: { facts?: { status: number } }) => error.facts?.status ?? error,
  );

describe('a read with a consistency token', () => {
  it('goes on as soon as every read model that it shows has passed the position', async () => {
    progress.set('workloads', 7).set('batches', 6);
    let isOver = false;
    const projections = ['workloads', 'batches'];
    const wait = waiter.passed(awaited(7, { projections })).then(() => {
      isOver = true;
    });
    await pass(100);
    expect(isOver).toBe(false);
    progress.set('batches', 7);
    await pass(20);
    await wait;
    expect(timers).toEqual([]);
  });

  it('is not kept waiting for what was seen before', async () => {
    progress.set('workloads', 7);
    await waiter.passed(awaited(7));
    const before = reads;
    await waiter.passed(awaited(6));
    expect(reads).toBe(before);
  });

  it('is told after the bound that the list trails', async () => {
    const wait = outcome(waiter.passed(awaited(1)));
    await pass(TIMEOUT_MS - 1);
    progress.set('batches', 1);
    await pass(1);
    expect(await wait).toBe(504);
  });

  it('shares one look at the checkpoints with all others that wait', async () => {
    const waits = Array.from({ length: 100 }, (_, nr) => outcome(waiter.passed(awaited(nr + 1))));
    await pass(40);
    expect(reads).toBe(3);
    progress.set('workloads', 100);
    await pass(20);
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['passed']));
    await pass(1_000);
    expect(reads).toBe(4);
  });

  it('is refused where too many wait already, of one tenant or in all', async () => {
    const wait = (scope: string) => outcome(waiter.passed(awaited(1, { scope })));
    const waits = Array.from({ length: WAITING_MAX.all }, (_, nr) =>
      wait(`ten_${Math.floor(nr / WAITING_MAX.ofOneScope)}`),
    );
    expect(await wait('ten_0')).toBe(503);
    expect(await wait('ten_z')).toBe(503);
    progress.set('workloads', 1);
    await pass(20);
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['passed']));
    expect(await wait('ten_0')).toBe('passed');
  });

  it('is told that the database is away, and the next one asks anew', async () => {
    failure = new Error('away');
    expect(await outcome(waiter.passed(awaited(1)))).toBe(failure);
    failure = null;
    progress.set('workloads', 1);
    const wait = outcome(waiter.passed(awaited(1)));
    await pass(20);
    expect(await wait).toBe('passed');
  });
});
