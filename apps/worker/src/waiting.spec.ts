import { VirtualTime } from '@bulkhead/hypervisor/simulated';
import { describe, expect, it } from 'vitest';
import { Bell } from './bell.js';
import { LeasesInMemory } from './in-memory-doubles.contract.js';
import { LeaseKeeper } from './leases/lease-keeper.js';
import { Slots } from './slots.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a bell', () => {
  it('keeps a ring that nobody waited for, and many rings are one', async () => {
    const time = new VirtualTime(0);
    const bell = new Bell(time);
    const { signal } = new AbortController();
    bell.ring();
    bell.ring();
    await bell.heard(1_000, signal);
    let heard = false;
    const waiting = bell.heard(1_000, signal).then(() => {
      heard = true;
    });
    await turn();
    expect(heard).toBe(false);
    time.advance(1_000);
    await waiting;
  });

  it('is heard at once by whoever waits, and no longer after the end', async () => {
    const bell = new Bell(new VirtualTime(0));
    const stop = new AbortController();
    const waiting = bell.heard(1_000, stop.signal);
    bell.ring();
    await waiting;
    const other = bell.heard(1_000, stop.signal);
    stop.abort();
    await other;
    await bell.heard(1_000, stop.signal);
  });
});

describe('slots', () => {
  it('runs no more at once than there are, in order, and goes on after a failure', async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    let now = 0;
    let most = 0;
    const act = (nr: number) => async () => {
      now += 1;
      most = Math.max(most, now);
      order.push(nr);
      await turn();
      now -= 1;
      if (nr === 1) throw new Error('one fails');
    };
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map((nr) => slots.run(act(nr))));
    await slots.settled();
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(outcomes.map(({ status }) => status).filter((s) => s === 'rejected')).toHaveLength(1);
    expect(slots.taken).toBe(0);
  });
});

describe('leases of one process', () => {
  it('lets go by its own clock before the table does', async () => {
    const time = new VirtualTime(0);
    const keeper = new LeaseKeeper(new LeasesInMemory().of('me'), time.clock, time, silent);
    keeper.want('placer');
    await keeper.renew();
    expect(keeper.epochOf('placer')).toBe(1);
    time.advance(2_499);
    expect(keeper.epochOf('placer')).toBe(1);
    time.advance(1);
    expect(keeper.epochOf('placer')).toBeNull();
  });

  it('asks for all hosts that are registered at once in one go, and not once for each', async () => {
    const time = new VirtualTime(0);
    const table = new LeasesInMemory().of('me');
    const asked: number[] = [];
    const counting = {
      ...table,
      acquireMany: async (names: readonly string[]) => {
        asked.push(names.length);
        await turn();
        return table.acquireMany(names);
      },
    };
    const keeper = new LeaseKeeper(counting, time.clock, time, silent);
    const names = Array.from({ length: 1_000 }, (_, at) => `host:host_${at}`);
    await Promise.all(
      names.map((name) => {
        keeper.want(name);
        return keeper.renew();
      }),
    );
    expect(asked).toEqual([1_000]);
    const first = keeper.renew();
    await turn();
    // What is wanted while it is asked is asked for the next time, and held when that is over.
    keeper.want('host:late');
    await Promise.all([first, keeper.renew(), keeper.renew()]);
    expect(asked).toEqual([1_000, 1_000, 1_001]);
    expect(keeper.epochOf('host:late')).toBe(1);
  });

  it('goes on asking after the table has not answered', async () => {
    const time = new VirtualTime(0);
    const table = new LeasesInMemory().of('me');
    let isAway = true;
    const acquireMany = async (names: readonly string[]) => {
      if (isAway) throw new Error('the table is away');
      return table.acquireMany(names);
    };
    const keeper = new LeaseKeeper({ ...table, acquireMany }, time.clock, time, silent);
    keeper.want('placer');
    await expect(keeper.renew()).rejects.toThrow('the table is away');
    isAway = false;
    await keeper.renew();
    expect(keeper.epochOf('placer')).toBe(1);
  });

  it('has none that another process took over, and tells whose turn it is', async () => {
    const time = new VirtualTime(0);
    const table = new LeasesInMemory();
    const mine = new LeaseKeeper(table.of('me'), time.clock, time, silent);
    const theirs = new LeaseKeeper(table.of('them'), time.clock, time, silent);
    for (const keeper of [mine, theirs]) keeper.want('host:host_1');
    await mine.renew();
    await theirs.renew();
    expect(theirs.epochOf('host:host_1')).toBeNull();
    table.takeAway('host:host_1');
    await theirs.renew();
    await mine.renew();
    expect(mine.epochOf('host:host_1')).toBeNull();
    expect(await mine.currentEpochOf('host:host_1')).toBe(2);
  });

  it('keeps what it has where the answer to one renewal never comes, and does not ask without end', async () => {
    const { time, keeper, asked, answer } = keeperAnsweredByHand();
    keeper.want('placer');
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await answer(0);
    // A new host asks for its lease by a connection that has died without a word.
    keeper.want('host:new');
    keeper.renew().catch(() => {});
    await turn();
    expect(asked).toEqual([['placer'], ['placer', 'host:new']]);
    await pass(time, 2_000);
    await answer(2);
    expect(asked[2]).toEqual(['placer', 'host:new']);
    await pass(time, 1_000);
    expect(keeper.epochOf('placer')).toBe(1);
    await pass(time, 20_000);
    // The one that was never answered, and two more that are not.
    expect(asked).toHaveLength(5);
    stop.abort();
    await pass(time, 2_000);
    await running;
  });

  it('takes no late answer for what it holds now', async () => {
    const { time, keeper, answer } = keeperAnsweredByHand();
    keeper.want('placer');
    const late = keeper.renew();
    await pass(time, 1_000);
    const newer = keeper.renew();
    await answer(1);
    await newer;
    expect(keeper.epochOf('placer')).toBe(1);
    keeper.wantNoMore('placer');
    await keeper.renew();
    await answer(0);
    await late;
    expect(keeper.epochOf('placer')).toBeNull();
  });

  it('gives back at its end what is only then granted, so that the next process need not wait', async () => {
    const { time, keeper, table, asked, answer } = keeperAnsweredByHand();
    keeper.want('placer');
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await answer(0);
    keeper.renew().catch(() => {});
    keeper.renew().catch(() => {});
    await turn();
    stop.abort();
    await pass(time, 1_000);
    await running;
    await answer(1);
    await keeper.renew();
    expect(asked).toHaveLength(2);
    expect(await table.of('them').acquireMany(['placer'])).toHaveLength(1);
  });
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function pass(time: VirtualTime, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    await turn();
    time.advance(100);
  }
  await turn();
}

/** The table grants what is asked when the test says so, and never before. */
function keeperAnsweredByHand() {
  const time = new VirtualTime(0);
  const table = new LeasesInMemory();
  const mine = table.of('me');
  const asked: (readonly string[])[] = [];
  const grants: (() => void)[] = [];
  const acquireMany = (names: readonly string[]): ReturnType<typeof mine.acquireMany> => {
    asked.push(names);
    return new Promise((resolve) => grants.push(() => resolve(mine.acquireMany(names))));
  };
  const keeper = new LeaseKeeper({ ...mine, acquireMany }, time.clock, time, silent);
  const answer = async (nr: number) => {
    await turn();
    grants[nr]?.();
    await turn();
  };
  return { time, keeper, table, asked, answer };
}
