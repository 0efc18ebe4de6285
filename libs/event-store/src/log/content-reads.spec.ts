import type { TenantId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { CONTENTS_TOGETHER_MAX, ContentReads } from './content-reads.js';
import type { ContentPart } from './event-log.js';

const OURS = 'ten_1' as TenantId;
const THEIRS = 'ten_2' as TenantId;

/** Reads that end when they are told to. */
function underTest() {
  const queries: { tenant: TenantId; parts: readonly ContentPart[]; answer: () => void }[] = [];
  const reads = new ContentReads(
    (tenant, parts) =>
      new Promise((resolve) => {
        const bodies = parts.map(({ stream, part }) => `${tenant} ${stream} ${part}`);
        queries.push({ tenant, parts, answer: () => resolve(bodies) });
      }),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { reads, queries, settle };
}

describe('single reads of content', () => {
  it('go in one query when they are asked for at the same moment, each with its own answer', async () => {
    const { reads, queries, settle } = underTest();
    const asked = [0, 1, 2].map((part) => reads.read(OURS, 'wl_1', part));
    await settle();
    expect(queries).toHaveLength(1);
    queries[0]?.answer();
    expect(await Promise.all(asked)).toEqual(['ten_1 wl_1 0', 'ten_1 wl_1 1', 'ten_1 wl_1 2']);
  });

  it('are never answered by a query that was sent before they were asked for', async () => {
    const { reads, queries, settle } = underTest();
    const first = reads.read(OURS, 'wl_1', 0);
    await settle();
    const later = [reads.read(OURS, 'wl_1', 0), reads.read(OURS, 'wl_2', 0)];
    queries[0]?.answer();
    await first;
    await settle();
    expect(queries.map(({ parts }) => parts.length)).toEqual([1, 2]);
    queries[1]?.answer();
    expect(await Promise.all(later)).toEqual(['ten_1 wl_1 0', 'ten_1 wl_2 0']);
  });

  it('of two tenants never share a query, and neither waits for more than one query of the other', async () => {
    const { reads, queries, settle } = underTest();
    const asked = Array.from({ length: CONTENTS_TOGETHER_MAX + 1 }, (_, part) =>
      reads.read(OURS, 'wl_1', part),
    );
    asked.push(reads.read(THEIRS, 'wl_2', 0));
    for (let at = 0; at < 3; at += 1) {
      await settle();
      queries[at]?.answer();
    }
    expect((await Promise.all(asked)).at(-1)).toBe('ten_2 wl_2 0');
    expect(queries.map(({ tenant, parts }) => [tenant, parts.length])).toEqual([
      [OURS, CONTENTS_TOGETHER_MAX],
      [THEIRS, 1],
      [OURS, 1],
    ]);
  });

  it('that fail, fail together, and the next are read', async () => {
    let isBroken = true;
    const reads = new ContentReads(async (_, parts) => {
      if (isBroken) throw new Error('the log cannot be reached');
      return parts.map(() => 'read');
    });
    const failed = await Promise.allSettled([
      reads.read(OURS, 'wl_1', 0),
      reads.read(OURS, 'wl_1', 1),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect(await reads.read(OURS, 'wl_1', 0)).toBe('read');
  });
});
