import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERRORS_LISTED_MAX } from '../problems/problems.js';
import { BODY_MAX_BYTES, LINES_MAX_BYTES } from './body-parsers.js';
import { countNames } from './nesting.js';
import { repeatedNames } from './repeated-names.js';

const repeatedIn = (json: string) =>
  repeatedNames(json, countNames(Buffer.from(json)) ?? Number.NaN, JSON.parse(json));
const pointersIn = (json: string) => repeatedIn(json).map(({ pointer }) => pointer);

describe('a body that gives a name more than once', () => {
  it.each([
    ['{"count":2,"count":3}', ['/count']],
    [' { "a" : [ 1 , { "b" : {} , "b" : [ ] } ] , "c" : "d" } ', ['/a/1/b']],
    ['{"a":1,"\\u0061":1,"a":null}', ['/a']],
    ['{"x":"}\\",\\"x\\":","y":{"a/b":1,"a/b":2,"x":3},"x":false}', ['/y/a~1b', '/x']],
    ['[{"a":-1.5e3,"a":true},{"a":1}]', ['/0/a']],
    ['{"":1,"":2}', ['/']],
  ])('is told where: %s', (json, pointers) => {
    expect(pointersIn(json)).toEqual(pointers);
    expect(repeatedIn(json)[0]?.detail).toBe('stands there more than once');
  });

  it('may have names again in other objects, and colons, quotes and brackets in its texts', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(repeatedIn(json)).toEqual([]);
      }),
    );
  });

  it('is told in few words, also below a name of half a megabyte', () => {
    const twice = Array.from({ length: 100 }, (_, nr) => `"n${nr}":1,"n${nr}":2`);
    const found = repeatedIn(`{"${'a'.repeat(500_000)}":{${twice.join(',')}}}`);
    expect(found[0]?.pointer).toBe(`/${'a'.repeat(200)}…/n0`);
    expect(JSON.stringify(found).length).toBeLessThan(40_000);
  });

  it.each([
    ['a body', BODY_MAX_BYTES],
    ['all lines of a batch', LINES_MAX_BYTES],
  ])('may hold a text of escapes as long as %s', (_, bytes) => {
    const text = '\\"'.repeat((bytes - 100) / 2);
    expect(pointersIn(`{"a":"${text}","b":1,"b":2}`)).toEqual(['/b']);
  });

  it('is told of as many as are listed', () => {
    const twice = Array.from({ length: 1_000 }, (_, nr) => `"n${nr}":1,"n${nr}":2`);
    expect(repeatedIn(`{${twice.join(',')}}`)).toHaveLength(ERRORS_LISTED_MAX);
  });
});
