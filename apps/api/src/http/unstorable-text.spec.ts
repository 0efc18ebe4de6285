import { describe, expect, it } from 'vitest';
import { ERRORS_LISTED_MAX } from '../problems/problems.js';
import { countNames, NESTING_MAX } from './nesting.js';
import { undecodable } from './query-encoding.js';
import { refuseUnstorableText } from './unstorable-text.js';

/** A hundred times what it takes, so that only work out of all proportion fails, on a busy machine too. */
const PATIENCE_MS = 3_000;

function timed<T>(work: () => T): T {
  const startedAtMs = performance.now();
  const result = work();
  expect(performance.now() - startedAtMs).toBeLessThan(PATIENCE_MS);
  return result;
}

const refuse = (json: string) => refuseUnstorableText(json, JSON.parse(json))?.facts;

describe('a body of 1 MiB that nothing can be done with', () => {
  it('full of half characters is refused at once: all are counted, the first are listed', () => {
    const json = `{"a":[${Array(110_000).fill(String.raw`"\ud800"`).join(',')}]}`;
    const facts = timed(() => refuse(json));
    expect(facts?.errors).toHaveLength(ERRORS_LISTED_MAX);
    expect(facts?.errors?.[0]?.pointer).toBe('/a/0');
    expect(facts?.errors?.at(-1)?.pointer).toBe('/a/99');
    expect(facts?.detail).toBe('The request has 110000 problems. The first 100 are listed.');
  });

  it('nested beyond the limit is refused before it is parsed', () => {
    expect(timed(() => countNames(Buffer.from('['.repeat(524_000))))).toBeNull();
    expect(timed(() => countNames(Buffer.alloc(1024 * 1024, '[]')))).toBe(0);
  });
});

describe('the nesting of a body', () => {
  const nested = (levels: number) => Buffer.from('{"a":['.repeat(levels / 2));

  it('may be as deep as the limit and no deeper', () => {
    expect(countNames(nested(NESTING_MAX))).toBe(NESTING_MAX / 2);
    expect(countNames(nested(NESTING_MAX + 2))).toBeNull();
  });

  it('does not count brackets in text, also behind escaped quotes and backslashes', () => {
    const brackets = '['.repeat(NESTING_MAX + 1);
    for (const text of [brackets, `"${brackets}`, `\\${brackets}`, `${brackets}\\`]) {
      expect(countNames(Buffer.from(JSON.stringify({ text })))).toBe(1);
    }
    const after = `["a\\\\",${brackets}`;
    expect(countNames(Buffer.from(after))).toBeNull();
  });
});

describe('a property that would change a prototype', () => {
  it('is named, and one that only looks like it is not', () => {
    expect(refuse('{"a":[{"__proto__":1}]}')?.errors).toEqual([
      { pointer: '/a/0/__proto__', detail: 'is a forbidden property' },
    ]);
    expect(refuse('{"constructor":"x","a":{"constructor":{}}}')).toBeUndefined();
    expect(refuse(String.raw`{"a":"\ud83d\ude00 __proto__"}`)).toBeUndefined();
  });
});

describe('a query', () => {
  it('is refused where it cannot be decoded, each parameter by name', () => {
    expect(undecodable('/x?a=1&b=%E2%82%AC+c')).toEqual([]);
    const names = undecodable('/x?a=%FF&b=1&c=%ED%A0%80&%FF=1').map(({ parameter }) => parameter);
    expect(names).toEqual(['a', 'c', '\ufffd']);
  });
});
