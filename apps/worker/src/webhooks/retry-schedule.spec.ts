import { describe, expect, it } from 'vitest';
import { pauseAfter, RETRY_PAUSES_MS } from './retry-schedule.js';

describe('a message that was not accepted', () => {
  it('is tried again ever later, and given up in the end', () => {
    const pauses = RETRY_PAUSES_MS.map((_, at) => pauseAfter(at + 1, 0.5));
    expect(pauses).toEqual(RETRY_PAUSES_MS);
    expect(pauses).toEqual([...pauses].sort((a, b) => Number(a) - Number(b)));
    expect(pauseAfter(RETRY_PAUSES_MS.length + 1, 0.5)).toBeNull();
    const hours = RETRY_PAUSES_MS.reduce((sum, pauseMs) => sum + pauseMs, 0) / 3_600_000;
    expect(Math.round(hours)).toBe(28);
  });

  it('does not come back at the same moment as the others', () => {
    expect([pauseAfter(1, 0), pauseAfter(1, 1)]).toEqual([4_000, 6_000]);
  });

  it('waits for as long as the receiver asks, within a bound', () => {
    expect(pauseAfter(1, 0.5, 60_000)).toBe(60_000);
    expect(pauseAfter(1, 0.5, 1_000)).toBe(5_000);
    expect(pauseAfter(1, 0.5, 10 ** 12)).toBe(3_600_000);
  });
});
