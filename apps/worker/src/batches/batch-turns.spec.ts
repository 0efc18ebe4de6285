import type { BatchId, TenantId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { idOf } from '../../../../test/domain/builders.js';
import type { OpenBatch } from './batch-book.js';
import { BatchTurns } from './batch-turns.js';

/** By batch, what is left to be done of it. */
let left: Map<OpenBatch, number[]>;
let turns: BatchTurns;

beforeEach(() => {
  left = new Map();
  turns = new BatchTurns();
});

const tenant = (nr: number) => idOf('ten', nr) as TenantId;

function batch(tenantNr: number, nr: number, tasks: number): OpenBatch {
  const batchId = idOf('bat', nr) as BatchId;
  const one = { batchId, tenantId: tenant(tenantNr) } as OpenBatch;
  left.set(
    one,
    Array.from({ length: tasks }, (_, index) => index),
  );
  return one;
}

/** Takes so many, which are done then; by tenant, how many were its. */
function taken(most: number): Record<number, number> {
  const tasks = turns.take([...left.keys()], most, (one) => left.get(one) ?? []);
  const counts: Record<number, number> = {};
  for (const { batch: of, index } of tasks) {
    expect(left.get(of)?.shift()).toBe(index);
    const nr = [1, 2, 3, 4].find((each) => tenant(each) === of.tenantId) ?? 0;
    counts[nr] = (counts[nr] ?? 0) + 1;
  }
  return counts;
}

describe('of the tasks that are to be done', () => {
  it('each tenant gets the same share, however many batches another one has', () => {
    for (let nr = 1; nr <= 20; nr += 1) batch(1, nr, 100);
    batch(2, 21, 100);
    expect(taken(10)).toEqual({ 1: 5, 2: 5 });
    expect(taken(10)).toEqual({ 1: 5, 2: 5 });
  });

  it('a share that its tenant has no use for goes to the others', () => {
    batch(1, 1, 100);
    batch(2, 2, 1);
    batch(3, 3, 0);
    expect(taken(10)).toEqual({ 1: 9, 2: 1 });
    expect(taken(10)).toEqual({ 1: 10 });
  });

  it('every tenant gets some by the next round but one, where a round has fewer places than there are tenants', () => {
    for (let nr = 1; nr <= 4; nr += 1) batch(nr, nr, 100);
    expect(taken(3)).toEqual({ 1: 1, 2: 1, 3: 1 });
    expect(taken(3)).toEqual({ 4: 1, 1: 1, 2: 1 });
    expect(taken(3)).toEqual({ 3: 1, 4: 1, 1: 1 });
  });

  it('those of one tenant come from one of its batches after the other, round by round', () => {
    const batches = [batch(1, 1, 100), batch(1, 2, 100), batch(1, 3, 100)];
    const doneOf = () => batches.map((one) => 100 - (left.get(one)?.length ?? 0));
    taken(10);
    expect(doneOf()).toEqual([10, 0, 0]);
    taken(10);
    taken(10);
    expect(doneOf()).toEqual([10, 10, 10]);
    taken(10);
    expect(doneOf()).toEqual([20, 10, 10]);
  });
});
