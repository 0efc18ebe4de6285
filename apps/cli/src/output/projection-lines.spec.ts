import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { projectionLines, type ShownProjection } from './projection-lines.js';

const colors = pc.createColors(false);
const live = { generation: 4, version: 1, position: 100, since: '2026-11-21T10:42:00.000Z' };
const building = {
  status: 'building',
  generation: 9,
  version: 2,
  position: 30,
  targetPosition: 120,
  begunAt: '2026-11-21T10:43:00.000Z',
} as const;
const shown = (change: Partial<ShownProjection> = {}) =>
  projectionLines([{ name: 'hosts', live, rebuild: null, ...change }], colors).join('\n');

describe('the list of projections', () => {
  it('tells which rows readers see, and how far they have come', () => {
    expect(shown()).toBe(
      'hosts  generation 4 of version 1, up to position 100, live since 2026-11-21T10:42:00.000Z',
    );
  });

  it('tells how far a rebuild has come, or that nobody has begun it', () => {
    expect(shown({ rebuild: building })).toMatch(
      /^hosts {2}generation 4 .*; generation 9 of version 2 is being built: 30 of 120 \(25 %\)$/,
    );
    const requested = { ...building, status: 'requested', generation: null } as const;
    expect(shown({ rebuild: requested })).toContain('no worker has begun yet');
  });

  it('tells where there are no rows yet, and counts nothing of an empty log as all of it', () => {
    const empty = { ...building, position: 0, targetPosition: 0 };
    expect(shown({ live: null, rebuild: empty })).toMatch(/^hosts {2}no rows yet; .*\(100 %\)$/);
  });
});
