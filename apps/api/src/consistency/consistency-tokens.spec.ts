import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConsistencyTokens } from './consistency-tokens.js';

const key = randomBytes(32);
const tokens = new ConsistencyTokens(key, (count) => randomBytes(count));
const BAD_TOKEN = 'The consistency token is not one of yours';

describe('a consistency token', () => {
  it('gives back its position, to every process that has the key', () => {
    const elsewhere = new ConsistencyTokens(key, (count) => randomBytes(count));
    for (const position of [0, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
      expect(elsewhere.open('ten_a', tokens.seal('ten_a', position))).toBe(position);
    }
  });

  it('tells nothing of the position: neither its size, nor whether two are the same', () => {
    const small = tokens.seal('ten_a', 1);
    expect(tokens.seal('ten_a', Number.MAX_SAFE_INTEGER)).toHaveLength(small.length);
    expect(tokens.seal('ten_a', 1)).not.toBe(small);
    expect(small).toMatch(/^[A-Za-z0-9_-]{48}$/);
  });

  it('works for no one but whom it was made for', () => {
    const token = tokens.seal('ten_a', 7);
    for (const scope of ['ten_b', 'platform', '']) {
      expect(() => tokens.open(scope, token)).toThrow(BAD_TOKEN);
    }
    const others = new ConsistencyTokens(randomBytes(32), (count) => randomBytes(count));
    expect(() => others.open('ten_a', token)).toThrow(BAD_TOKEN);
  });

  it('is refused where a single bit of it was changed, or a character added', () => {
    const token = tokens.seal('ten_a', 7);
    const bytes = Buffer.from(token, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => tokens.open('ten_a', changed.toString('base64url'))).toThrow(BAD_TOKEN);
    }
    for (const wrong of ['', 'x', `${token}=`, `${token} `, token.slice(1), token + token]) {
      expect(() => tokens.open('ten_a', wrong)).toThrow(BAD_TOKEN);
    }
  });
});
