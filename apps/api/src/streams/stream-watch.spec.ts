import type { RecordedEvent, StreamId, TenantId } from '@bulkhead/domain';
import type { AskedPages, StreamPage } from '@bulkhead/event-store';
import { UnknownStoredEvent, UnreadableStoredEvent } from '@bulkhead/event-store';
import { describe, expect, it } from 'vitest';
import { ManualTimers } from './manual-timers.contract.js';
import { ROUND_EVERY_MS, StreamWatch, WATCH_POLL_MS } from './stream-watch.js';

const [ONE, OTHER] = ['ten_1', 'ten_2'] as readonly TenantId[];
const { signal } = new AbortController();

const unknown = new UnknownStoredEvent(1, { type: 'WorkloadPaused', schemaVersion: 9 });
const stored = { position: 1, event: { type: 'IsolationDecided', schemaVersion: 1 } };
const unreadable = new UnreadableStoredEvent(
  stored as unknown as RecordedEvent,
  new Error('no such rule'),
);

/** A log of which only the versions of its streams matter, and how often it was asked. */
function watched() {
  const timers = new ManualTimers();
  const versions = new Map<string, number>();
  const asked: string[] = [];
  const wakes = new Set<() => void>();
  const trouble = { moved: 0, of: [] as string[], error: unknown as Error };
  const growth = {
    growths: 0,
    start: () => asked.push('listen'),
    waitForGrowth: (timeoutMs: number, leave: AbortSignal, since = 0) =>
      growth.growths !== since || leave.aborted
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            timers.after(timeoutMs, resolve);
            leave.addEventListener('abort', () => resolve());
            wakes.add(resolve);
          }),
  };
  const watch = new StreamWatch({
    growth,
    timers,
    moved: async (streams) => {
      asked.push(`moved ${streams.length}`);
      if (trouble.moved > 0) {
        trouble.moved -= 1;
        throw new Error('no connection');
      }
      return streams.filter(({ stream, version }) => (versions.get(stream) ?? 0) > version);
    },
    readPages: async ({ owner, streams }: AskedPages): Promise<readonly StreamPage[]> => {
      asked.push(`read ${owner} ${streams.map(({ stream }) => stream).join(' ')}`);
      if (streams.some(({ stream }) => trouble.of.includes(stream))) throw trouble.error;
      return streams.map(({ stream }) => ({
        events: [],
        throughVersion: versions.get(stream) ?? 0,
      }));
    },
  });
  const grow = (stream: string, version: number) => {
    versions.set(stream, version);
    growth.growths += 1;
    for (const wake of wakes) wake();
  };
  const next = (tenantId = ONE, stream = 'wl_a', version = 0) =>
    watch.next(
      { tenantId: tenantId as TenantId, stream: stream as StreamId, version, without: [] },
      signal,
    );
  return { watch, timers, asked, grow, next, trouble };
}

describe('streams that are watched', () => {
  it('are asked about once for all who wait, and read once for each of their tenants', async () => {
    const { timers, asked, grow, next } = watched();
    const pages = [next(ONE, 'wl_a'), next(ONE, 'wl_a'), next(ONE, 'wl_b'), next(OTHER, 'wl_c')];
    await timers.pass(ROUND_EVERY_MS);
    asked.length = 0;
    grow('wl_b', 2);
    grow('wl_c', 3);
    grow('wl_a', 1);
    await timers.pass(ROUND_EVERY_MS);
    expect(asked).toEqual(['moved 4', 'read ten_1 wl_a wl_a wl_b', 'read ten_2 wl_c']);
    const through = (await Promise.all(pages)).map(({ throughVersion }) => throughVersion);
    expect(through).toEqual([1, 1, 2, 3]);
  });

  it('are not read more often than twenty times a second, however fast the log grows', async () => {
    const { timers, asked, grow, next } = watched();
    void next();
    for (let ms = 0; ms < 1_000; ms += 5) {
      grow('wl_other', ms);
      await timers.pass(5);
    }
    expect(asked.filter((query) => query === 'moved 1').length).toBeLessThanOrEqual(21);
  });

  it('are looked at without any wake-up too, and not at all while nobody waits', async () => {
    const { timers, asked, next } = watched();
    await timers.pass(10 * WATCH_POLL_MS);
    expect(asked).toEqual([]);
    void next();
    await timers.pass(3 * (WATCH_POLL_MS + ROUND_EVERY_MS));
    expect(asked.slice(0, 4)).toEqual(['listen', 'moved 1', 'moved 1', 'moved 1']);
  });

  it('are waited for while the log cannot be read, but not for ever', async () => {
    const short = watched();
    short.trouble.moved = 3;
    const page = short.next();
    short.grow('wl_a', 5);
    await short.timers.pass(10 * WATCH_POLL_MS);
    expect((await page).throughVersion).toBe(5);
    const long = watched();
    long.trouble.moved = 100;
    const refused = expect(long.next()).rejects.toThrow('no connection');
    await long.timers.pass(20 * WATCH_POLL_MS);
    await refused;
  });

  it.each([
    ['only a newer process can read', unknown],
    ['nobody can read', unreadable],
  ])('of one tenant that %s hold nobody else up', async (_, error) => {
    const { timers, grow, next, trouble } = watched();
    Object.assign(trouble, { of: ['wl_a'], error });
    const refused = expect(next(ONE, 'wl_a')).rejects.toBe(error);
    const page = next(OTHER, 'wl_c');
    grow('wl_a', 1);
    grow('wl_c', 1);
    await timers.pass(WATCH_POLL_MS);
    await refused;
    expect((await page).throughVersion).toBe(1);
  });

  it.each([
    ['only a newer process can read', unknown],
    ['nobody can read', unreadable],
  ])('that %s end, and no others of the same tenant', async (_, error) => {
    const { timers, asked, grow, next, trouble } = watched();
    Object.assign(trouble, { of: ['wl_2', 'wl_6'], error });
    const names = ['wl_1', 'wl_2', 'wl_3', 'wl_4', 'wl_5', 'wl_6', 'wl_7', 'wl_8'];
    const ends = names.map((name) =>
      next(ONE, name).then(
        () => 'read',
        (reason) => reason,
      ),
    );
    await timers.pass(ROUND_EVERY_MS);
    for (const name of names) grow(name, 1);
    await timers.pass(WATCH_POLL_MS);
    const expected = names.map((name) => (trouble.of.includes(name) ? error : 'read'));
    expect(await Promise.all(ends)).toEqual(expected);
    asked.length = 0;
    const later = next(ONE, 'wl_1', 1);
    grow('wl_1', 2);
    await timers.pass(WATCH_POLL_MS);
    expect((await later).throughVersion).toBe(2);
    expect(asked.filter((query) => query.startsWith('read')).length).toBe(1);
  });

  it('are forgotten with whoever waited for them', async () => {
    const { watch, timers, asked } = watched();
    const leaving = new AbortController();
    const stream = { tenantId: ONE as TenantId, stream: 'wl_a' as StreamId };
    const page = watch.next({ ...stream, version: 0, without: [] }, leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(page).rejects.toThrow('gone');
    await timers.pass(WATCH_POLL_MS);
    const before = asked.length;
    await timers.pass(5 * WATCH_POLL_MS);
    expect(asked.length).toBe(before);
  });
});
