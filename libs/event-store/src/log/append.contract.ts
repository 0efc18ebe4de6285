import type { StreamId } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Appended, ForeignStream, InvalidAppend, VersionConflict } from './event-log.js';
import type { LogUnderTest, OpenLog } from './log-under-test.contract.js';
import {
  append,
  METADATA,
  noted,
  reasonsIn,
  TENANT_A,
  TENANT_B,
  write,
} from './samples.contract.js';

/** Versions, guards, owners, order: what an append promises. */
export function appendContract(open: OpenLog): void {
  let under: LogUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.close());

  describe('versions and guards', () => {
    it('records events at the versions after the one that the writer saw', async () => {
      await under.log.append(append(write('wl_1', 0, ['one', 'two'])));
      await under.log.append(append(write('wl_1', 2, ['three'])));
      const events = await under.log.readStream(TENANT_A, 'wl_1');
      expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(await reasonsIn(under.log, 'wl_1')).toEqual(['one', 'two', 'three']);
    });

    it.each([0, 1, 3])(
      'refuses a writer that saw version %i of a stream at version 2',
      async (saw) => {
        await under.log.append(append(write('wl_1', 0, ['one', 'two'])));
        const refused = under.log.append(append(write('wl_1', saw, ['stale'])));
        await expect(refused).rejects.toMatchObject({
          name: 'VersionConflict',
          stream: 'wl_1',
          expectedVersion: saw,
          actualVersion: 2,
        });
        expect(await under.log.head()).toBe(2);
      },
    );

    it('refuses an append whose guarded stream has moved on, and records none of it', async () => {
      await under.log.append(append(write('host_1', 0, ['registered'], null)));
      await under.log.append(append(write('host_1', 1, ['cordoned'], null)));
      const guards = [{ stream: 'host_1' as StreamId, version: 1 }];
      const refused = under.log.append({ ...append(write('wl_1', 0)), guards });
      await expect(refused).rejects.toMatchObject({ stream: 'host_1', actualVersion: 2 });
      expect(await under.log.readStream(TENANT_A, 'wl_1')).toEqual([]);

      const seen = [{ stream: 'host_1' as StreamId, version: 2 }];
      await under.log.append({ ...append(write('wl_1', 0)), guards: seen });
      expect(await reasonsIn(under.log, 'wl_1')).toHaveLength(1);
    });

    it('takes a guard on version 0 as "must not exist"', async () => {
      const guards = [{ stream: 'ki_1' as StreamId, version: 0 }];
      await under.log.append({ ...append(write('wl_1', 0)), guards });
      await under.log.append(append(write('ki_1', 0, ['started'], null)));
      const refused = under.log.append({ ...append(write('wl_2', 0)), guards });
      await expect(refused).rejects.toBeInstanceOf(VersionConflict);
    });

    it('records several streams together or not at all', async () => {
      await under.log.append(append(write('wl_2', 0)));
      const half = under.log.append(append(write('wl_1', 0), write('wl_2', 0), write('wl_3', 0)));
      await expect(half).rejects.toBeInstanceOf(VersionConflict);
      expect(await under.log.head()).toBe(1);

      const both = await under.log.append(
        append(write('wl_1', 0, ['a', 'b']), write('ki_1', 0, ['c'], null)),
      );
      expect(both).toMatchObject({ firstPosition: 2, lastPosition: 4 });
      const all = await under.log.readAll({ afterPosition: 1, limit: 10 });
      expect(all.map(({ position, stream, tenant }) => [position, stream, tenant])).toEqual([
        [2, 'wl_1', TENANT_A],
        [3, 'wl_1', TENANT_A],
        [4, 'ki_1', null],
      ]);
    });
  });

  describe('owners', () => {
    it('refuses to write into a stream of another owner', async () => {
      await under.log.append(append(write('wl_1', 0, ['mine'])));
      for (const owner of [TENANT_B, null]) {
        const refused = under.log.append(append(write('wl_1', 1, ['not mine'], owner)));
        await expect(refused).rejects.toBeInstanceOf(ForeignStream);
      }
      await under.log.append(append(write('host_1', 0, ['platform'], null)));
      const refused = under.log.append(append(write('host_1', 1, ['not mine'], TENANT_A)));
      await expect(refused).rejects.toBeInstanceOf(ForeignStream);
      expect(await under.log.head()).toBe(2);
    });
  });

  describe('order', () => {
    it('gives 200 concurrent appends dense positions and lets one writer a stream win', async () => {
      const tries = Array.from({ length: 200 }, (_, nr) =>
        under.log.append(append(write(`wl_${nr % 50}`, 0, [`${nr} a`, `${nr} b`]))),
      );
      const settled = await Promise.allSettled(tries);
      const won = settled.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
      const lost = settled.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
      expect(won).toHaveLength(50);
      expect(lost.every((reason) => reason instanceof VersionConflict)).toBe(true);

      const all = await under.log.readAll({ afterPosition: 0, limit: 1_000 });
      expect(all.map(({ position }) => position)).toEqual(
        won.flatMap(() => [0, 0]).map((_, i) => i + 1),
      );
      for (const { firstPosition, lastPosition } of won as Appended[]) {
        const [first, second] = all.slice(firstPosition - 1, lastPosition);
        expect(first?.stream).toBe(second?.stream);
        expect([first?.version, second?.version]).toEqual([1, 2]);
      }
    });

    it('never lets recordedAt go backwards along positions', async () => {
      for (let nr = 1; nr <= 5; nr += 1) {
        await Promise.all(
          ['x', 'y', 'z'].map((name) => under.log.append(append(write(`wl_${name}${nr}`, 0)))),
        );
      }
      const all = await under.log.readAll({ afterPosition: 0, limit: 100 });
      const times = all.map(({ recordedAtMs }) => recordedAtMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.every(Number.isInteger)).toBe(true);
    });

    it('judges two appends on one stream one after the other when they arrive together', async () => {
      const outcomes = await Promise.allSettled([
        under.log.append(append(write('wl_0', 0))),
        under.log.append(append(write('wl_1', 0, ['first']))),
        under.log.append(append(write('wl_1', 1, ['second']))),
        under.log.append(append(write('wl_1', 1, ['late']))),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'fulfilled',
        'rejected',
      ]);
      expect(await reasonsIn(under.log, 'wl_1')).toEqual(['first', 'second']);
    });

    it('lets a guard lose against a writer that arrived before it', async () => {
      await under.log.append(append(write('ten_1', 0, ['registered'], 'ten_1')));
      const guards = [{ stream: 'ten_1' as StreamId, version: 1 }];
      const [, early, writer, late] = await Promise.allSettled([
        under.log.append(append(write('wl_0', 0))),
        under.log.append({ ...append(write('wl_1', 0)), guards }),
        under.log.append(append(write('ten_1', 1, ['now hostile'], 'ten_1'))),
        under.log.append({ ...append(write('wl_2', 0)), guards }),
      ]);
      expect([early?.status, writer?.status]).toEqual(['fulfilled', 'fulfilled']);
      expect(late).toMatchObject({ status: 'rejected', reason: { name: 'VersionConflict' } });
      expect(await under.log.readStream(TENANT_A, 'wl_2')).toEqual([]);
    });
  });

  describe('bad input', () => {
    it.each([
      ['U+0000', 'a\u0000b'],
      ['a lone high surrogate', 'a\ud800b'],
      ['a lone low surrogate', '\udc00'],
      ['a lone surrogate behind a backslash', '\\\\\ud800'],
    ])('refuses %s, which could be stored but never be read again', async (_, text) => {
      for (const bad of [write('wl_1', 0, [text])]) {
        await expect(under.log.append(append(bad))).rejects.toBeInstanceOf(InvalidAppend);
      }
      const metadata = { ...METADATA, correlationId: text };
      const refused = under.log.append({ ...append(write('wl_1', 0)), metadata });
      await expect(refused).rejects.toBeInstanceOf(InvalidAppend);
      expect(await under.log.head()).toBe(0);
    });

    it('keeps every other text as it is', async () => {
      const texts = [
        '\\u0000',
        '\\\\ud800',
        '😀',
        '\u2028',
        '"quoted" \\ {,}',
        'NULL',
        '',
        '\t\r\n',
      ];
      await under.log.append(append(write('wl_1', 0, texts)));
      expect(await reasonsIn(under.log, 'wl_1')).toEqual(texts);
    });

    it.each([
      ['no stream', append()],
      ['a stream without events', append(write('wl_1', 0, []))],
      ['a stream named twice', append(write('wl_1', 0), write('wl_1', 1))],
      ['more than 1,000 events', append(write('wl_1', 0, Array(1_001).fill('x')))],
      [
        'more than 64 streams',
        append(...Array.from({ length: 65 }, (_, nr) => write(`wl_${nr}`, 0))),
      ],
      ['a version below zero', append(write('wl_1', -1))],
      [
        'a time that is none',
        append({ ...write('wl_1', 0), events: [{ ...noted('x'), occurredAtMs: Number.NaN }] }),
      ],
    ])('refuses %s', async (_, bad) => {
      await expect(under.log.append(bad)).rejects.toBeInstanceOf(InvalidAppend);
      expect(await under.log.head()).toBe(0);
    });
  });
}
