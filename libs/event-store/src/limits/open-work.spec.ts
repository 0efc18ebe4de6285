import type { TenantId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OpenKind, OpenWorkShown, ShownOfKind } from './open-kinds.js';
import { OPEN_WORK_TRUST, OpenWork, TooMuchOpenWork } from './open-work.js';
import { STANDSTILL_MS } from './standstill.js';

const tenantId: TenantId = 'ten_1';
const other: TenantId = 'ten_2';

interface Accepted {
  readonly tenantId: TenantId;
  readonly kind: OpenKind;
  readonly workloads: number;
  readonly position: number;
  endedAt: number | null;
}

/** A log of what was accepted and has ended, and read models, each of which shows it up to a position of its own. */
class Store {
  readonly accepted: Accepted[] = [];
  readonly shownUpTo = { workloads: 0, batches: 0 };
  readonly standing = new Set<OpenKind>();
  position = 0;
  reads = 0;

  record(of: TenantId, kind: OpenKind, workloads: number): number {
    this.position += 1;
    const { position } = this;
    this.accepted.push({ tenantId: of, kind, workloads, position, endedAt: null });
    return position;
  }

  read = async (of: TenantId): Promise<OpenWorkShown> => {
    this.reads += 1;
    const [workloads, batches] = [this.shown(of, 'workloads'), this.shown(of, 'batches')];
    return { workloads, batches, head: this.position };
  };

  private shown(of: TenantId, kind: OpenKind): ShownOfKind {
    const position = this.shownUpTo[kind];
    const isShown = (one: Accepted) =>
      one.position <= position && (one.endedAt === null || one.endedAt > position);
    const own = this.accepted.filter((one) => one.tenantId === of && one.kind === kind);
    return { open: sum(own.filter(isShown)), position };
  }

  /** Up to the end of what was recorded, by the read models that do not stand still. */
  show(): void {
    for (const kind of ['workloads', 'batches'] as const) {
      if (!this.standing.has(kind)) this.shownUpTo[kind] = this.position;
    }
  }

  /** The oldest that have not ended. */
  end(count: number): void {
    this.position += 1;
    const open = this.accepted.filter(({ endedAt }) => endedAt === null);
    for (const one of open.slice(0, count)) one.endedAt = this.position;
    this.show();
  }

  openOf(of = tenantId): number {
    return sum(this.accepted.filter((one) => one.tenantId === of && one.endedAt === null));
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
async function accept(
  work: OpenWork,
  workloads = 1,
  of = tenantId,
  kind: OpenKind = 'workloads',
): Promise<void> {
  const room = work.room(of, kind);
  await room.take(workloads);
  room.settle(store.record(of, kind, workloads));
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
      const room = work.room(tenantId, 'workloads');
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
    for (const msBetween of [0, 20]) {
      const work = processOf(100_000);
      for (let times = 0; times < 30_000; times += 1) {
        nowMs += msBetween;
        await accept(work);
      }
      const { kinds } = [...(work as unknown as Inside).tenants.values()][0] as Known;
      const { recorded } = kinds.workloads;
      expect(recorded.length).toBeLessThan(400);
      expect(sum(recorded)).toBe(30_000);
    }
  });

  it('counts of a steady stream that is shown a moment later no more than that moment twice', async () => {
    const work = processOf(1_280_000);
    for (let times = 0; times < 5_000; times += 1) {
      nowMs += 20;
      store.shownUpTo.workloads = Math.max(0, store.position - 5);
      await accept(work);
    }
    nowMs += OPEN_WORK_TRUST.ms;
    const refused = await accept(work, 2_000_000).catch((error) => error);
    expect(refused.open - store.openOf()).toBeLessThanOrEqual(50);
  });

  it('remembers a bounded number of tenants', async () => {
    const none = { open: 0, position: 0 };
    const read = async () => ({ workloads: none, batches: none, head: 0 });
    const work = new OpenWork({ max: 5, read, clock: () => nowMs });
    for (let nr = 0; nr < 12_000; nr += 1) await work.take(`ten_${nr}`, 1);
    for (let nr = 0; nr < 12_000; nr += 1) {
      work.settle({ tenantId: `ten_${nr}`, kind: 'batches' }, 1, null);
    }
    await work.take('ten_another', 1);
    expect((work as unknown as Inside).tenants.size).toBeLessThanOrEqual(10_000);
  });
});

describe('a read model that stands still', () => {
  const minutesPass = (minutes: number) => {
    nowMs += minutes * 60_000;
  };
  /** Accepts one after the other, each of which ends at once. */
  async function acceptedAndEnded(work: OpenWork, times: number, kind: OpenKind): Promise<number> {
    let accepted = 0;
    for (let nr = 0; nr < times; nr += 1) {
      const done = await accept(work, 1, tenantId, kind).then(
        () => true,
        () => false,
      );
      if (done) accepted += 1;
      store.end(1);
    }
    return accepted;
  }

  it('hinders nothing that another shows, which makes room as it ends', async () => {
    for (const [standing, goesOn] of [
      ['batches', 'workloads'],
      ['workloads', 'batches'],
    ] as const) {
      store = new Store();
      store.standing.add(standing);
      const work = processOf(10);
      expect(await acceptedAndEnded(work, 25, goesOn)).toBe(25);
      expect(await acceptAll(work, 11)).toBe(10);
    }
  });

  it('refuses for some minutes what may be too much, and nobody for good over what has ended since', async () => {
    await accept(processOf(10), 4, tenantId, 'batches');
    store.show();
    store.standing.add('batches');
    const work = processOf(10);
    expect(await acceptedAndEnded(work, 25, 'batches')).toBe(6);
    minutesPass(STANDSTILL_MS / 60_000 - 1);
    expect(await acceptedAndEnded(work, 5, 'batches')).toBe(0);
    minutesPass(1);
    expect(await acceptedAndEnded(work, 25, 'batches')).toBe(10);
    // As soon as it goes on, what it shows counts again.
    store.standing.clear();
    store.show();
    nowMs += OPEN_WORK_TRUST.ms;
    expect(await acceptAll(work, 25, 1)).toBe(10);
  });

  it('is told from one that trails but goes on, and from a log to which nothing comes', async () => {
    const work = processOf(10);
    expect(await acceptAll(work, 11)).toBe(10);
    for (let times = 0; times < 5; times += 1) {
      minutesPass(9);
      store.shownUpTo.workloads += 1;
      await expect(accept(work)).rejects.toMatchObject({ open: 10 });
    }
    store.show();
    await expect(accept(work)).rejects.toThrow(TooMuchOpenWork);
    minutesPass(120);
    await expect(accept(work)).rejects.toThrow(TooMuchOpenWork);
    // What came a moment ago is not shown yet.
    store.record(other, 'workloads', 1);
    await expect(accept(work)).rejects.toThrow(TooMuchOpenWork);
  });
});

interface Known {
  readonly kinds: Record<OpenKind, { readonly recorded: readonly { workloads: number }[] }>;
}
interface Inside {
  readonly tenants: Map<TenantId, Known>;
}
