import type { TenantId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { OPEN_WORK_TRUST, OpenWork, type OpenWorkShown, TooMuchOpenWork } from './open-work.js';

const tenantId: TenantId = 'ten_1';
const other: TenantId = 'ten_2';

/** A log of what was accepted, and read models that show it up to a position. */
class Store {
  readonly open: { workloads: number; position: number; tenantId: TenantId }[] = [];
  shownPosition = 0;
  position = 0;
  reads = 0;

  record(of: TenantId, workloads: number): number {
    this.position += 1;
    this.open.push({ tenantId: of, workloads, position: this.position });
    return this.position;
  }

  read = async (of: TenantId): Promise<OpenWorkShown> => {
    this.reads += 1;
    const { shownPosition: position } = this;
    const shown = this.open.filter((one) => one.tenantId === of && one.position <= position);
    return { workloads: sum(shown), position };
  };

  /** Up to the end of what was recorded. */
  show(): void {
    this.shownPosition = this.position;
  }

  end(count: number): void {
    this.open.splice(0, count);
    this.position += 1;
    this.show();
  }

  openOf(of = tenantId): number {
    return sum(this.open.filter((one) => one.tenantId === of));
  }
}

const sum = (pieces: readonly { workloads: number }[]) =>
  pieces.reduce((all, { workloads }) => all + workloads, 0);

let store: Store;
let nowMs: number;

beforeEach(() => {
  store = new Store();
  nowMs = 1_000;
});

const processOf = (max: number) => new OpenWork({ max, read: store.read, clock: () => nowMs });

/** Submits as the api does: takes room, records, and settles. */
async function accept(work: OpenWork, workloads = 1, of = tenantId): Promise<void> {
  const room = work.room(of);
  await room.take(workloads);
  room.settle(store.record(of, workloads));
}

async function acceptAll(work: OpenWork, times: number, workloads = 1): Promise<number> {
  const asked = Array.from({ length: times }, () => accept(work, workloads));
  const outcomes = await Promise.allSettled(asked);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(TooMuchOpenWork);
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

describe('the open work of a tenant', () => {
  it('is accepted up to the bound and not beyond, before anything of it is shown', async () => {
    const work = processOf(10);
    expect(await acceptAll(work, 25)).toBe(10);
    await expect(accept(work)).rejects.toMatchObject({ max: 10, open: 10, asked: 1 });
    expect(store.openOf()).toBe(10);
  });

  it('is counted once, whether it was let in, recorded or shown', async () => {
    const work = processOf(10);
    for (let times = 0; times < 6; times += 1) {
      await accept(work);
      if (times % 2 === 0) store.show();
    }
    await expect(accept(work, 5)).rejects.toMatchObject({ open: 6, asked: 5 });
    await accept(work, 4);
    expect(store.openOf()).toBe(10);
  });

  it('is refused as a whole where only a part of a batch has room', async () => {
    const work = processOf(10);
    await accept(work, 7);
    await expect(accept(work, 4)).rejects.toMatchObject({ open: 7, asked: 4 });
    await expect(accept(work, 11)).rejects.toMatchObject({ asked: 11 });
    await accept(work, 3);
  });

  it('makes room as it ends, of which the very next submission hears', async () => {
    const work = processOf(3);
    expect(await acceptAll(work, 4)).toBe(3);
    store.end(1);
    expect(await acceptAll(work, 4)).toBe(1);
    store.end(3);
    expect(await acceptAll(work, 4)).toBe(3);
  });

  it('is not taken up by what was refused for another reason or never recorded', async () => {
    const work = processOf(2);
    for (let times = 0; times < 5; times += 1) {
      const room = work.room(tenantId);
      await room.take(2);
      await room.take(2);
      room.settle(null);
    }
    expect(await acceptAll(work, 3)).toBe(2);
  });

  it('is none of another tenant’s affair', async () => {
    const work = processOf(2);
    expect(await acceptAll(work, 3)).toBe(2);
    await accept(work, 2, other);
    expect(store.openOf(other)).toBe(2);
  });
});

describe('a process that accepts work', () => {
  it('looks at the database for a small part of what it accepts only', async () => {
    const work = processOf(100_000);
    for (let times = 0; times < 5_000; times += 1) await accept(work);
    expect(store.reads).toBe(1);
  });

  it('looks more often the nearer the bound is', async () => {
    const work = processOf(1_000);
    const readsAt: number[] = [];
    for (let times = 0; times < 1_000; times += 1) {
      await accept(work);
      store.show();
      readsAt.push(store.reads);
    }
    expect(readsAt[499]).toBeLessThan(20);
    expect(store.reads).toBeLessThan(100);
    expect(store.reads - (readsAt[989] ?? 0)).toBe(10);
    await expect(accept(work)).rejects.toThrow(TooMuchOpenWork);
  });

  it('looks once for all who ask at the same time', async () => {
    const work = processOf(2);
    await acceptAll(work, 40);
    expect(store.reads).toBe(1);
  });

  it('does not trust for long what it has read, nor a clock that was set back', async () => {
    const work = processOf(100_000);
    await accept(work);
    nowMs += OPEN_WORK_TRUST.ms - 1;
    await accept(work);
    expect(store.reads).toBe(1);
    nowMs += 1;
    await accept(work);
    expect(store.reads).toBe(2);
    nowMs -= 60_000;
    await accept(work);
    expect(store.reads).toBe(3);
  });

  it('accepts beyond the bound no more than the part that it trusts, whatever others accepted', async () => {
    const [one, another] = [processOf(1_600), processOf(1_600)];
    await accept(one);
    for (let times = 0; times < 1_600; times += 1) {
      store.show();
      await accept(another).catch(() => {});
    }
    expect(store.openOf()).toBe(1_600);
    for (let times = 0; times < 200; times += 1) {
      store.show();
      await accept(one).catch(() => {});
    }
    const beyond = store.openOf() - 1_600;
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThanOrEqual(1_600 / OPEN_WORK_TRUST.partOfRoom);
  });

  it('tells whoever asked that it could not look, and looks again for the next', async () => {
    let fails = true;
    const read = (of: TenantId) => (fails ? Promise.reject(new Error('away')) : store.read(of));
    const work = new OpenWork({ max: 5, read, clock: () => nowMs });
    await expect(accept(work)).rejects.toThrow('away');
    fails = false;
    await accept(work);
    expect(store.openOf()).toBe(1);
  });

  it('remembers what read models that stand still do not show in pieces of a bounded number', async () => {
    const work = processOf(100_000);
    for (let times = 0; times < 30_000; times += 1) await accept(work);
    const { recorded } = [...(work as unknown as Inside).tenants.values()][0] as Known;
    expect(recorded.length).toBeLessThan(300);
    expect(sum(recorded)).toBe(30_000);
  });

  it('remembers a bounded number of tenants', async () => {
    const read = async () => ({ workloads: 0, position: 0 });
    const work = new OpenWork({ max: 5, read, clock: () => nowMs });
    for (let nr = 0; nr < 12_000; nr += 1) await work.take(`ten_${nr}`, 1);
    for (let nr = 0; nr < 12_000; nr += 1) work.settle(`ten_${nr}`, 1, null);
    await work.take('ten_another', 1);
    expect((work as unknown as Inside).tenants.size).toBeLessThanOrEqual(10_000);
  });
});

interface Known {
  readonly recorded: readonly OpenWorkShown[];
}
interface Inside {
  readonly tenants: Map<TenantId, Known>;
}
