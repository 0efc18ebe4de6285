import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pooledRandom } from './pooled-random.js';

describe('random bytes that are drawn for many uses at once', () => {
  it('are handed out once each, whatever the sizes that are asked for', () => {
    let next = 0;
    const numbered = (count: number) => {
      const bytes = Buffer.alloc(count);
      for (let at = 0; at + 4 <= count; at += 4) {
        bytes.writeUInt32BE(next, at);
        next += 1;
      }
      return bytes;
    };
    const random = pooledRandom(numbered);
    const seen = new Set<number>();
    const kept: { readonly given: Buffer; readonly copy: string }[] = [];
    let words = 0;
    for (let nr = 0; nr < 200; nr += 1) {
      const given = random([12, 32, 4, 512, 8_192][nr % 5] as number);
      for (let at = 0; at < given.length; at += 4) seen.add(given.readUInt32BE(at));
      words += given.length / 4;
      kept.push({ given, copy: given.toString('hex') });
    }
    expect(seen.size).toBe(words);
    // What was handed out stays as it was, however much is drawn afterwards.
    for (const { given, copy } of kept) expect(given.toString('hex')).toBe(copy);
  });

  it('are as many as were asked for', () => {
    const random = pooledRandom(randomBytes);
    for (const count of [0, 1, 12, 32, 4_096, 4_097, 100_000]) {
      expect(random(count)).toHaveLength(count);
    }
  });
});
