import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Append, LogBatch, StreamAllOptions } from './event-log.js';
import type { LogUnderTest, OpenLog } from './log-under-test.contract.js';
import {
  append,
  METADATA,
  reasonsIn,
  TENANT_A,
  TENANT_B,
  tookOver,
  write,
} from './samples.contract.js';

/** What readers see, and what they do not. */
export function readContract(open: OpenLog): void {
  let under: LogUnderTest;
  beforeEach(async () => {
    under = await open();
  });
  afterEach(() => under.close());

  async function streamed(options: StreamAllOptions): Promise<LogBatch[]> {
    const batches: LogBatch[] = [];
    for await (const batch of under.log.streamAll(options)) batches.push(batch);
    return batches;
  }

  describe('reading', () => {
    it('gives an event back as it was appended, with its place in the log', async () => {
      const before = await under.log.append(append(write('wl_1', 0, ['a reason'])));
      const [recorded] = await under.log.readStream(TENANT_A, 'wl_1');
      expect(recorded).toEqual({
        position: 1,
        eventId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        stream: 'wl_1',
        version: 1,
        tenant: TENANT_A,
        recordedAtMs: before.recordedAtMs,
        metadata: METADATA,
        event: {
          type: 'WorkloadCancelRequested',
          schemaVersion: 1,
          occurredAtMs: 1_700_000_000_123,
          payload: { reason: 'a reason' },
        },
      });
    });

    it('tells the time that it gives to events, which never lies before what is recorded', async () => {
      const early = await under.log.nowMs();
      const { recordedAtMs } = await under.log.append(append(write('wl_1', 0)));
      expect(recordedAtMs).toBeGreaterThanOrEqual(early - 1);
      expect(recordedAtMs).toBeLessThan(early + 60_000);
      expect(await under.log.nowMs()).toBeGreaterThanOrEqual(recordedAtMs);
    });

    it('gives nothing of a stream that is absent or someone else’s', async () => {
      await under.log.append(append(write('wl_1', 0)));
      expect(await reasonsIn(under.log, 'wl_1', TENANT_B)).toEqual([]);
      expect(await reasonsIn(under.log, 'wl_1', null)).toEqual([]);
      expect(await reasonsIn(under.log, 'wl_9')).toEqual([]);
    });

    it('gives a stream’s events after a version', async () => {
      await under.log.append(append(write('wl_1', 0, ['one', 'two', 'three'])));
      const events = await under.log.readStream(TENANT_A, 'wl_1', 1);
      expect(events.map(({ version }) => version)).toEqual([2, 3]);
    });

    it('gives the whole log in pages, across owners', async () => {
      await under.log.append(append(write('wl_1', 0, ['1', '2'])));
      await under.log.append(
        append(write('wl_2', 0, ['3'], TENANT_B), write('host_1', 0, ['4'], null)),
      );
      const first = await under.log.readAll({ afterPosition: 0, limit: 3 });
      const second = await under.log.readAll({ afterPosition: 3, limit: 3 });
      expect(first.map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(second.map(({ position }) => position)).toEqual([4]);
      expect(await under.log.readAll({ afterPosition: 4, limit: 3 })).toEqual([]);
    });

    it('skips over the types that nobody asked for', async () => {
      await under.log.append(append(write('wl_1', 0, ['1', '2'])));
      const takeover = {
        owner: null,
        stream: 'placer',
        expectedVersion: 0,
        events: [tookOver],
      } as const;
      await under.log.append(append(takeover));
      await under.log.append(append(write('wl_1', 2, ['4'])));
      const types = ['PlacerTookOver'] as const;
      const found = await under.log.readAll({ afterPosition: 0, limit: 10, types });
      expect(found.map(({ position }) => position)).toEqual([3]);
    });

    it('looks no further than it is asked to', async () => {
      await under.log.append(append(write('wl_1', 0, ['1'])));
      await under.log.append(append(write('host_1', 0, ['2', '3', '4'], null)));
      const stretch = { afterPosition: 1, throughPosition: 3, limit: 10 };
      for (const options of [
        stretch,
        { ...stretch, types: ['WorkloadCancelRequested'] as const },
      ]) {
        for (const found of [under.log.readAll(options), under.log.readPlatform(options)]) {
          expect((await found).map(({ position }) => position)).toEqual([2, 3]);
        }
      }
    });

    it('streams the whole log, or a part of it, as pages would give it', async () => {
      const reasons = Array.from({ length: 7 }, (_, nr) => `"${nr}"\\\t\n é 漢 🚢 \\N`);
      await under.log.append(append(write('wl_1', 0, reasons)));
      await under.log.append(append(write('host_1', 0, ['8'], null)));
      const pages = await under.log.readAll({ afterPosition: 0, limit: 100 });
      const all = await streamed({ afterPosition: 0, batchLimit: 3 });
      expect(all.flatMap(({ events }) => events)).toEqual(pages);
      expect(all.every(({ events }) => events.length <= 3)).toBe(true);
      expect(all.at(-1)?.throughPosition).toBe(8);
      const part = await streamed({ afterPosition: 2, throughPosition: 5 });
      expect(part.flatMap(({ events }) => events)).toEqual(pages.slice(2, 5));
      expect(await streamed({ afterPosition: 8 })).toEqual([]);
    });

    it('streams what is asked for, and says how far the log holds nothing else', async () => {
      await under.log.append(append(write('wl_1', 0, ['1', '2'])));
      const streams = [{ owner: null, stream: 'placer', expectedVersion: 0, events: [tookOver] }];
      await under.log.append({ streams, metadata: METADATA } as Append);
      await under.log.append(append(write('wl_1', 2, ['4'])));
      const found = await streamed({ afterPosition: 0, types: ['PlacerTookOver'] });
      expect(found.flatMap(({ events }) => events.map(({ position }) => position))).toEqual([3]);
      expect(found.at(-1)?.throughPosition).toBe(4);
    });

    it('goes on after somebody who left a stream early', async () => {
      await under.log.append(append(write('wl_1', 0, ['1', '2', '3'])));
      for await (const { events } of under.log.streamAll({ afterPosition: 0, batchLimit: 1 })) {
        expect(events[0]?.position).toBe(1);
        break;
      }
      expect(await under.log.head()).toBe(3);
      expect(await streamed({ afterPosition: 2 })).toHaveLength(1);
    });

    it.each([0, 5_001])('refuses batches of %d', async (batchLimit) => {
      await under.log.append(append(write('wl_1', 0, ['1'])));
      await expect(streamed({ afterPosition: 0, batchLimit })).rejects.toThrow(RangeError);
    });

    it('gives platform events without any tenant’s', async () => {
      await under.log.append(append(write('wl_1', 0, ['tenant'])));
      await under.log.append(append(write('host_1', 0, ['platform'], null)));
      const types = ['WorkloadCancelRequested'] as const;
      const found = await under.log.readPlatform({ afterPosition: 0, limit: 10, types });
      expect(found.map(({ stream }) => stream)).toEqual(['host_1']);
      expect(await under.log.readPlatform({ afterPosition: 2, limit: 10 })).toEqual([]);
    });

    it.each([0, 5_001, 1.5])('refuses a limit of %d', async (limit) => {
      await expect(under.log.readAll({ afterPosition: 0, limit })).rejects.toThrow(RangeError);
    });

    it('says how far the log has come', async () => {
      expect(await under.log.head()).toBe(0);
      await under.log.append(append(write('wl_1', 0, ['1', '2'])));
      expect(await under.log.head()).toBe(2);
    });
  });
}
