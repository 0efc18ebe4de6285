import { createHash } from 'node:crypto';
import { prefixedId } from '@bulkhead/domain';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { CONTENT_PARTS } from './content-parts.js';
import { contentRows, sealContent } from './seal-content.js';

const tenant = prefixedId('ten', v7());
const batch = prefixedId('bat', v7());
const saltOf = (byte: number) => (count: number) => Buffer.alloc(count, byte);
const names = fc.string({ unit: 'binary' });
const contents = fc.dictionary(names, fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' }));

describe('the seal of content', () => {
  it('is, whatever the tenant wrote, the SHA-256 of salt and RFC 8785 JSON that anybody can make', () => {
    fc.assert(
      fc.property(contents, fc.nat({ max: 255 }), (content, byte) => {
        const { saltHex, sha256, body } = sealContent(content, saltOf(byte));
        expect(saltHex).toBe(Buffer.alloc(32, byte).toString('hex'));
        const json = canonicalize(content) ?? '';
        const salt = Buffer.from(saltHex, 'hex');
        expect(sha256).toBe(createHash('sha256').update(salt).update(json).digest('hex'));
        // What is read back is sealed with the same hash again.
        const stored = JSON.parse(canonicalize(body) ?? '');
        expect(sealContent(stored, saltOf(byte)).sha256).toBe(sha256);
      }),
      // As an object of its own, `__proto__` is a name like any other; assigned to, it is none.
      { numRuns: 300, examples: [[JSON.parse('{"__proto__": []}'), 0]] },
    );
  });

  it.each([
    [{}, '605dcbfd3c387c45b6db7e7b1fb961bdd75d762260c4879b3c3b4f15edacad42'],
    [{ name: 'four' }, '271bb66ab486bbf45bc16a1700aecd28bf9c1438409a0ebebb286e136ec50edd'],
    [
      { command: 'run', args: ['--größe', '😀'], env: { B: '2', A: '1' }, stdout: null },
      'f175ac5b26e46394fb4173b2a0edb99446561f6193653ce210a64219d7c0fa81',
    ],
  ])('of %j is the one that events hold since the first release', (content, sha256) => {
    expect(sealContent(content, saltOf(7)).sha256).toBe(sha256);
  });

  it('does not tell what was left out from what was never there, and keeps no row of nothing', () => {
    const sealed = sealContent({ command: undefined, labels: undefined }, saltOf(7));
    expect(sealed).toEqual(sealContent({}, saltOf(7)));
    expect(contentRows(tenant, batch, CONTENT_PARTS.batch.name, sealed)).toEqual([]);
    const named = sealContent({ name: 'four' }, saltOf(7));
    const row = { tenant, stream: batch, part: 3, saltHex: '07'.repeat(32) };
    expect(contentRows(tenant, batch, CONTENT_PARTS.batch.task(2), named)).toEqual([
      { ...row, body: { name: 'four' } },
    ]);
  });
});

describe('the parts of a stream’s content', () => {
  it('have the numbers that rows were stored under, and none twice', () => {
    const { workload, batch: ofBatch, schedule, webhook } = CONTENT_PARTS;
    expect([workload, webhook.url, schedule.name, schedule.batch]).toEqual([0, 0, 0, 1]);
    expect([ofBatch.name, ofBatch.task(0), ofBatch.task(9_999)]).toEqual([0, 1, 10_000]);
  });
});
