import { describe, expect, it } from 'vitest';
import { freeShareOf, misfitOf, rankOf } from './fit.js';

const capacity = { cpuMillis: 8_000, memoryMiB: 8_192 };
const left = (cpuShare: number, memoryShare: number) =>
  [cpuShare * capacity.cpuMillis, memoryShare * capacity.memoryMiB] as const;
const snug = (...shares: [number, number]) => misfitOf('snug', capacity, ...left(...shares));
const roomy = (...shares: [number, number]) => misfitOf('roomy', capacity, ...left(...shares));

describe('how badly a host fits', () => {
  it('goes from 0, where nothing is left, to 1, where all is; for a roomy fit the other way round', () => {
    expect([snug(0, 0), snug(1, 1)]).toEqual([0, 1]);
    expect([roomy(1, 1), roomy(0, 0)]).toEqual([0, 1]);
  });

  it('counts what one resource leaves over without the other, which nobody can use', () => {
    expect(snug(0.25, 0.25)).toBeLessThan(snug(0, 0.5));
    expect(roomy(0.25, 0.25)).toBeLessThan(roomy(0, 0.5));
  });

  it('tells hosts apart that differ in the other resource only', () => {
    expect(snug(0.25, 0.5)).toBeLessThan(snug(0.375, 0.5));
    expect(roomy(0.5, 0.75)).toBeLessThan(roomy(0.5, 0.625));
  });
});

describe('the hosts that the preferences choose among', () => {
  it('are those that fit best, or those that have most of what they have less of', () => {
    const freeShare = freeShareOf(capacity, ...left(0.75, 0.25));
    expect(freeShare).toBe(0.25);
    expect(rankOf('snug', freeShare, 0.5)).toBe(0.5);
    expect(rankOf('roomy', freeShare, 0.5)).toBeLessThan(rankOf('roomy', 0.125, 0.25));
  });
});
