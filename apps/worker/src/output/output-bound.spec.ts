import type { LogChunk } from '@bulkhead/hypervisor';
import { describe, expect, it } from 'vitest';
import { BOUND_REACHED, CHUNK_COST_BYTES, type Progress, takeChunks } from './output-bound.js';

const nothing: Progress = { nextOffset: 0, cost: 0, isCut: false, costMax: 1_000 };
const chunk = (offset: number, text: string): LogChunk => ({
  offset,
  stream: 'stdout',
  text,
  writtenAtMs: offset,
});
const textsOf = (taken: readonly { text: string }[]) => taken.map(({ text }) => text);

describe('what is kept of a workload’s output', () => {
  it('is all of it, within the bound', () => {
    const { taken, progress } = takeChunks(nothing, [chunk(0, 'a\n'), chunk(1, 'ü\n')]);
    expect(textsOf(taken)).toEqual(['a\n', 'ü\n']);
    expect(progress).toEqual({ ...nothing, nextOffset: 2, cost: 2 * CHUNK_COST_BYTES + 5 });
  });

  it('ends with a notice where the bound is reached, and nothing follows that', () => {
    const costMax = 2 * CHUNK_COST_BYTES + 7;
    const first = takeChunks({ ...nothing, costMax }, [chunk(0, 'abcd')]);
    const second = takeChunks(first.progress, [chunk(1, 'ééé'), chunk(2, 'more')]);
    expect(textsOf(second.taken)).toEqual(['é', BOUND_REACHED]);
    expect(second.taken.map(({ offset, stream }) => `${offset} ${stream}`)).toEqual([
      '1 stdout',
      '2 notice',
    ]);
    expect(second.progress).toMatchObject({ nextOffset: 2, isCut: true });
    expect(takeChunks(second.progress, [chunk(2, 'more')]).taken).toEqual([]);
  });

  it('never holds half of a character', () => {
    const costMax = CHUNK_COST_BYTES + 6;
    const { taken } = takeChunks({ ...nothing, costMax }, [chunk(0, '😀😀')]);
    expect(textsOf(taken)).toEqual(['😀', BOUND_REACHED]);
  });

  it('is a notice alone where earlier attempts have used the bound up', () => {
    const { taken } = takeChunks({ ...nothing, costMax: -5 }, [chunk(0, '')]);
    expect(textsOf(taken)).toEqual([BOUND_REACHED]);
  });

  it('is bounded for lines without any text, too', () => {
    const empty = Array.from({ length: 100 }, (_, at) => chunk(at, ''));
    const { taken, progress } = takeChunks({ ...nothing, costMax: 10 * CHUNK_COST_BYTES }, empty);
    expect(taken).toHaveLength(11);
    expect(progress.isCut).toBe(true);
  });

  it('has a replacement for what no text can hold', () => {
    const { taken } = takeChunks(nothing, [chunk(0, 'a\u0000b\ud800c\udc00\ud83d\ude00')]);
    expect(textsOf(taken)).toEqual(['a\ufffdb\ufffdc\ufffd😀']);
  });

  it('is the same whoever captures it, and in whatever pieces', () => {
    const all = Array.from({ length: 30 }, (_, at) => chunk(at, 'x'.repeat(at)));
    const whole = takeChunks(nothing, all);
    for (let cut = 1; cut < all.length; cut += 1) {
      const first = takeChunks(nothing, all.slice(0, cut));
      const second = takeChunks(first.progress, all.slice(cut));
      expect([...first.taken, ...second.taken]).toEqual(whole.taken);
      expect(second.progress).toEqual(whole.progress);
    }
  });

  it('has no gap: a driver that leaves one is refused, and so is a chunk that is too large', () => {
    expect(() => takeChunks(nothing, [chunk(1, 'a')])).toThrow(
      'chunk 1 of an output came in place',
    );
    expect(() => takeChunks(nothing, [chunk(0, 'a'.repeat(16_385))])).toThrow('16385 characters');
  });
});
