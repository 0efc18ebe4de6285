import type { ComputeSystemId, TenantId, WorkloadId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import type { OutputChunk, OutputStore, StoredCapture } from './output-store.js';

export const OUTPUT_TENANT = 'ten_output' as TenantId;

/** A store, and what it holds of a compute system. */
export interface OutputUnderTest {
  readonly store: OutputStore;
  chunksOf(id: ComputeSystemId): Promise<readonly OutputChunk[]>;
}

export const chunk = (offset: number, text = `chunk ${offset}\n`): OutputChunk => ({
  offset,
  stream: 'stdout',
  text,
  writtenAtMs: 1_763_770_000_000 + offset,
});

/** Of the workload `name` and its attempt; `chunks` begin where they begin. */
export function capture(
  name: string,
  attempt: number,
  chunks: readonly OutputChunk[],
  changes: Partial<StoredCapture> = {},
): StoredCapture {
  return {
    tenantId: OUTPUT_TENANT,
    workloadId: `wl_${name}` as WorkloadId,
    computeSystemId: `cs_${name}_${attempt}` as ComputeSystemId,
    attempt,
    nextOffset: (chunks.at(-1)?.offset ?? -1) + 1,
    cost: 100,
    isCut: false,
    hasEnded: false,
    chunks,
    ...changes,
  };
}

/** What every store of output does. */
export function describeOutputStore(name: string, open: () => OutputUnderTest): void {
  describe(`${name}: what workloads write`, () => {
    it('is stored once, however often the same chunks are captured', async () => {
      const { store, chunksOf } = open();
      const first = capture('once', 1, [chunk(0), chunk(1)]);
      await store.store(first);
      await Promise.all([
        store.store(first),
        store.store(capture('once', 1, [chunk(1, 'another\n'), chunk(2)])),
        store.store(first),
      ]);
      expect(await chunksOf(first.computeSystemId)).toEqual([chunk(0), chunk(1), chunk(2)]);
      expect(await store.captures(first.workloadId)).toMatchObject([{ nextOffset: 3 }]);
    });

    it('tells of every attempt how far it has come, and takes nothing of that back', async () => {
      const { store } = open();
      const { workloadId } = capture('far', 1, []);
      const seven = Array.from({ length: 7 }, (_, offset) => chunk(offset));
      await store.store(capture('far', 2, seven, { cost: 900, isCut: true }));
      await store.store(capture('far', 1, [chunk(0)], { hasEnded: true }));
      await store.store(capture('far', 2, seven.slice(0, 3), { cost: 200 }));
      const told = (await store.captures(workloadId)).map(({ computeSystemId, ...rest }) => rest);
      expect(told).toEqual([
        { attempt: 1, nextOffset: 1, cost: 100, isCut: false, hasEnded: true },
        { attempt: 2, nextOffset: 7, cost: 900, isCut: true, hasEnded: false },
      ]);
      expect(await store.captures('wl_none' as WorkloadId)).toEqual([]);
    });

    it('is what one process stored where another one captured less, more or other than that', async () => {
      const { store, chunksOf } = open();
      const first = capture('either', 1, [chunk(0), chunk(1)]);
      expect(await store.store(first)).toBe(true);
      expect(await store.store(first)).toBe(true);
      expect(await store.store(capture('either', 1, [chunk(0)]))).toBe(false);
      expect(await store.store(capture('either', 1, [chunk(3)]))).toBe(false);
      expect(await store.store(capture('either', 1, [chunk(1), chunk(2)]))).toBe(true);
      expect(await chunksOf(first.computeSystemId)).toEqual([chunk(0), chunk(1), chunk(2)]);
      expect(await store.captures(first.workloadId)).toMatchObject([{ nextOffset: 3 }]);
    });

    it('is followed by nothing once it has ended, and by its end alone once it was cut', async () => {
      const { store, chunksOf } = open();
      const first = capture('end', 1, [chunk(0)]);
      await store.store(first);
      const notice: OutputChunk = { ...chunk(1, 'missing\n'), stream: 'notice' };
      const cut = capture('end', 1, [notice], { nextOffset: 1, isCut: true });
      expect(await store.store(cut)).toBe(true);
      expect(await store.store(capture('end', 1, [chunk(1), chunk(2)]))).toBe(false);
      expect(await store.store({ ...cut, chunks: [], hasEnded: true })).toBe(true);
      expect(await store.store(capture('end', 1, [chunk(1), chunk(2)]))).toBe(false);
      expect(await store.store({ ...cut, chunks: [], hasEnded: true })).toBe(false);
      expect(await chunksOf(first.computeSystemId)).toEqual([chunk(0), notice]);
      expect(await store.captures(first.workloadId)).toMatchObject([
        { nextOffset: 1, isCut: true, hasEnded: true },
      ]);
    });

    it('begins anew where it was erased, without a gap', async () => {
      const { store, chunksOf } = open();
      const later = capture('anew', 1, [chunk(4)], { hasEnded: true });
      expect(await store.store(later)).toBe(false);
      expect(await chunksOf(later.computeSystemId)).toEqual([]);
      expect(await store.store(capture('anew', 1, [chunk(0)]))).toBe(true);
      expect(await chunksOf(later.computeSystemId)).toEqual([chunk(0)]);
    });

    it('of many at the same moment does not get mixed up', async () => {
      const { store, chunksOf } = open();
      const many = Array.from({ length: 450 }, (_, at) =>
        capture(`many${at}`, 1, [chunk(0, `of ${at}`)]),
      );
      await Promise.all(many.map((each) => store.store(each)));
      const found = await Promise.all(many.map(({ workloadId }) => store.captures(workloadId)));
      expect(found.map(([only]) => only?.computeSystemId)).toEqual(
        many.map(({ computeSystemId }) => computeSystemId),
      );
      for (const at of [0, 199, 200, 449]) {
        const texts = (await chunksOf(many[at]?.computeSystemId as ComputeSystemId)).map(
          ({ text }) => text,
        );
        expect(texts).toEqual([`of ${at}`]);
      }
    });
  });
}
