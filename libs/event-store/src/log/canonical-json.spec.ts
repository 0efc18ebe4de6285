import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';

/** So many fields, each of them somewhere else than in order. */
function shuffled(count: number): object {
  const names = Array.from({ length: count }, (_, nr) => `n${(nr * 37) % count}`);
  return Object.fromEntries(names.map((name, nr) => [name, nr]));
}

describe('canonical JSON', () => {
  it('is, for any value, the text that an independent implementation of RFC 8785 writes', () => {
    const anything = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
    fc.assert(
      fc.property(anything, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'names in the order of their code units',
      { '10': 1, '9': 2, b: 3, B: 4, é: 5, '😀': 6, '\ufb33': 7 },
    ],
    ['numbers as ECMAScript writes them', [1e21, 1e-7, -0, 0.1 + 0.2, 4.5, 2 ** 53, -1]],
    ['escapes', ['\u2028', '"\\/', '\b\f\n\r\t', '\u0001\u001f\u007f', '€']],
    ['what is undefined left out of objects and null in lists', { a: undefined, b: [undefined] }],
    ['times as their text', { at: new Date(0) }],
    ['a field named like the prototype', JSON.parse('{"__proto__":{"b":1,"a":2},"a":1}')],
    ['few names that stand in no order', shuffled(24)],
    ['many names that stand in no order', shuffled(60)],
    ['nothing', {}],
    ['empty lists', [[], [[]]]],
  ])('writes %s', (_, value) => {
    expect(canonicalJson(value)).toBe(canonicalize(value));
  });

  it('refuses what JSON cannot hold', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const bad of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      Symbol('x'),
      () => 1,
      undefined,
      circle,
    ]) {
      expect(() => canonicalJson(bad)).toThrow(TypeError);
    }
  });

  it('leaves a lone surrogate visible, so that it can be refused', () => {
    expect(canonicalJson(['\ud800', '\udc00x'])).toBe('["\\ud800","\\udc00x"]');
  });
});
