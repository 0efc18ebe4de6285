import { v7, validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { uuidSource } from './uuid-source.js';

const NOW_MS = 1_800_000_000_000;
const millisecondsOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('ids', () => {
  it('are UUIDv7s of the time at which they are made', () => {
    const id = uuidSource(() => NOW_MS, v7)();
    expect(validate(id) && version(id)).toBe(7);
    expect(millisecondsOf(id)).toBe(NOW_MS);
  });

  it('ascend within a millisecond, over it, and where the clock is set back', () => {
    let nowMs = NOW_MS;
    const next = uuidSource(() => nowMs, v7);
    const ids: string[] = [];
    for (const change of [0, 0, 1, 0, -500, 0, 1, 600]) {
      nowMs += change;
      for (let nr = 0; nr < 300; nr += 1) ids.push(next());
    }
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of two processes differ, made in the same millisecond', () => {
    const [one, other] = [uuidSource(() => NOW_MS, v7), uuidSource(() => NOW_MS, v7)];
    const ids = Array.from({ length: 2_000 }, () => [one(), other()]).flat();
    expect(new Set(ids).size).toBe(ids.length);
    // What is random in an id is used once: the last six bytes of no two are the same.
    expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
  });
});
