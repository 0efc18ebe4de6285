import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchId, isId, prefixedId, taskWorkloadId } from './ids.js';

const uuid = '01890f3e-7b2a-7c1d-8e4f-0123456789ab';

describe('an id', () => {
  it('is a prefix and a UUID without dashes', () => {
    expect(prefixedId('wl', uuid)).toBe('wl_01890f3e7b2a7c1d8e4f0123456789ab');
  });

  it.each(['wl_', 'wl_0', `ten_${'0'.repeat(32)}`, `wl_${'G'.repeat(32)}`, `wl_${'0'.repeat(33)}`])(
    'is not %o',
    (text) => {
      expect(isId('wl', text)).toBe(false);
    },
  );

  it('of a task follows from its batch and index, and differs between them', () => {
    const batchId = prefixedId('bat', uuid) as BatchId;
    const index = fc.nat(9_999);
    const property = fc.property(index, index, (a, b) => {
      expect(isId('wl', taskWorkloadId(batchId, a))).toBe(true);
      expect(taskWorkloadId(batchId, a) === taskWorkloadId(batchId, b)).toBe(a === b);
    });
    void fc.assert(property);
  });
});
