import { describe, expect, it } from 'vitest';
import { Pseudonyms } from './pseudonyms.js';

const pseudonyms = new Pseudonyms(Buffer.alloc(32, 1));
const host = `host_${'a'.repeat(32)}` as const;
const kernel = `ki_${'a'.repeat(32)}` as const;

describe('a pseudonym', () => {
  it('is stable for a tenant, looks like an id, and is another one for every other tenant', () => {
    const mine = pseudonyms.of('ten_a', host);
    expect(mine).toMatch(/^host_[0-9a-f]{32}$/);
    expect(pseudonyms.of('ten_a', host)).toBe(mine);
    expect(pseudonyms.of('ten_b', host)).not.toBe(mine);
    expect(pseudonyms.of('ten_a', kernel).slice(3)).not.toBe(mine.slice(5));
    expect(mine).not.toContain('a'.repeat(32));
  });

  it('replaces ids wherever they stand in a value, in sentences too', () => {
    const value = { hostId: host, list: [kernel, 1, null], detail: `no room on ${host}.` };
    const told = JSON.stringify(pseudonyms.inside('ten_a', value));
    expect(told).not.toContain(host);
    expect(told).not.toContain(kernel);
    expect(told).toContain(`no room on ${pseudonyms.of('ten_a', host)}.`);
    expect(told).toContain('1,null');
  });
});
