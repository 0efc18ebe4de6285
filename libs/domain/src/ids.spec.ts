import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BatchId, isId, prefixedId, scheduledBatchId, taskWorkloadId } from './ids.js';

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

  it('of a batch that a schedule fires follows from schedule and planned time, and so do those of its tasks', () => {
    const plannedAtMs = 1_800_000_000_000;
    const schedule = (tail: string) =>
      `sch_${uuid.replaceAll('-', '').slice(0, 20)}${tail}` as const;
    const [one, other] = [schedule('0123456789ab'), schedule('0123456789ac')];
    const id = scheduledBatchId(one, plannedAtMs);
    expect(isId('bat', id)).toBe(true);
    expect(scheduledBatchId(one, plannedAtMs)).toBe(id);
    const others = [
      scheduledBatchId(one, plannedAtMs + 60_000),
      scheduledBatchId(other, plannedAtMs),
    ];
    for (const another of others) {
      expect(taskWorkloadId(another, 0)).not.toBe(taskWorkloadId(id, 0));
    }
    expect(others[0] && others[0] > id).toBe(true);
  });
});
