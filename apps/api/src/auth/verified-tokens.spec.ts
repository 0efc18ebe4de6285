import { describe, expect, it } from 'vitest';
import type { TokenBearer } from './access-token.js';
import { TOKENS_KEPT_MAX, VerifiedTokens } from './verified-tokens.js';

const EXPIRES_AT_MS = 1_750_000_900_000;
const bearer = { role: 'tenant', expiresAtMs: EXPIRES_AT_MS } as unknown as TokenBearer;

function underTest() {
  const time = { nowMs: EXPIRES_AT_MS - 1 };
  return { time, tokens: new VerifiedTokens(() => time.nowMs) };
}

describe('tokens that were verified', () => {
  it('are known again until the moment at which they expire, and not after it', () => {
    const { time, tokens } = underTest();
    tokens.remember('Bearer a', bearer);
    expect(tokens.bearerOf('Bearer a')).toBe(bearer);
    time.nowMs = EXPIRES_AT_MS;
    expect(tokens.bearerOf('Bearer a')).toBeNull();
  });

  it('speak for nobody else: another token, or the same with anything added, is not known', () => {
    const { tokens } = underTest();
    tokens.remember('Bearer a', bearer);
    for (const other of ['Bearer b', 'Bearer a ', 'bearer a', 'Bearer aa', '']) {
      expect(tokens.bearerOf(other)).toBeNull();
    }
  });

  it('are remembered in one spelling, so that one token cannot take the places of others', () => {
    const { tokens } = underTest();
    for (const spelling of ['bearer a', 'Bearer  a', 'Bearer\ta', 'Bearer a b']) {
      tokens.remember(spelling, bearer);
      expect([spelling, tokens.bearerOf(spelling)]).toEqual([spelling, null]);
    }
  });

  it('cannot be read from what is kept of them', () => {
    const { tokens } = underTest();
    tokens.remember('Bearer very-secret', bearer);
    const { kept } = tokens as unknown as { kept: Map<string, unknown> };
    expect([...kept.keys()].join()).not.toContain('very-secret');
  });

  it('are kept in a number that is bounded', () => {
    const { tokens } = underTest();
    for (let nr = 0; nr <= TOKENS_KEPT_MAX; nr += 1) tokens.remember(`Bearer ${nr}`, bearer);
    expect(tokens.bearerOf('Bearer 0')).toBeNull();
    expect(tokens.bearerOf('Bearer 1')).toBe(bearer);
    expect(tokens.bearerOf(`Bearer ${TOKENS_KEPT_MAX}`)).toBe(bearer);
  });
});
