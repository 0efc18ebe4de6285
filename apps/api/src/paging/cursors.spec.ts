import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Cursors } from './cursors.js';
import { deriveResponseKeys } from './response-keys.js';

const keys = deriveResponseKeys(Buffer.alloc(32, 7));
const cursors = new Cursors(keys.cursors, randomBytes);
const binding = { list: 'workloads', scope: 'ten_a', filters: { status: 'running' } };

describe('a cursor', () => {
  it('brings back where the page ended', () => {
    expect(cursors.open(binding, cursors.seal(binding, 'wl_1'))).toBe('wl_1');
  });

  it('differs each time and shows nothing of what it holds', () => {
    const one = cursors.seal(binding, 'wl_1');
    expect(cursors.seal(binding, 'wl_1')).not.toBe(one);
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('wl_1');
  });

  it('tells by its length nothing of how long what it holds is', () => {
    const keys = ['7', '42', '9007199254740991', `host_${'0'.repeat(32)}`];
    const sealed = keys.map((key) => cursors.seal(binding, key));
    expect(new Set(sealed.map(({ length }) => length)).size).toBe(1);
    const long = 'a'.repeat(128);
    expect([...keys, long].map((key) => cursors.open(binding, cursors.seal(binding, key)))).toEqual(
      [...keys, long],
    );
  });

  it('is of no use on another list, for another tenant, with other filters or after a change', () => {
    const cursor = cursors.seal(binding, 'wl_1');
    const elsewhere = [
      { ...binding, list: 'batches' },
      { ...binding, scope: 'ten_b' },
      { ...binding, filters: {} },
    ];
    for (const other of elsewhere) expect(() => cursors.open(other, cursor)).toThrow('cursor');
    for (let index = 0; index < cursor.length; index += 1) {
      const changed = cursor[index] === 'A' ? 'B' : 'A';
      const text = `${cursor.slice(0, index)}${changed}${cursor.slice(index + 1)}`;
      expect(() => cursors.open(binding, text)).toThrow('cursor');
    }
    const otherKey = new Cursors(deriveResponseKeys(Buffer.alloc(32, 8)).cursors, randomBytes);
    expect(() => otherKey.open(binding, cursor)).toThrow('cursor');
  });

  it('has a key of its own', () => {
    expect(keys.cursors.equals(keys.pseudonyms)).toBe(false);
  });
});
