import type { WorkloadRequest } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { request } from '../../../../test/domain/builders.js';
import { TasksLeft } from './tasks-left.js';

let left: TasksLeft;

beforeEach(() => {
  left = new TasksLeft();
});

const task = (nr: number, change: Partial<WorkloadRequest> = {}) =>
  request({ contentSha256: `${nr}`.padStart(64, '0'), ...change });
const tasks = (from: number, count: number) =>
  Array.from({ length: count }, (_, offset) => task(from + offset));

describe('the tasks of a batch that have no workload yet', () => {
  it('are asked for in their order, each with what it was submitted with', () => {
    left.add(0, tasks(0, 500));
    left.add(500, [task(500, { priority: 7 }), task(501)]);
    expect(left.next(3)).toEqual([0, 1, 2]);
    expect(left.get(1)).toEqual(task(1));
    expect(left.get(500)).toEqual(task(500, { priority: 7 }));
    expect(left.get(501)).toEqual(task(501));
    expect(left.get(502)).toBeUndefined();
  });

  it('are those that did not begin, in whatever order the others did', () => {
    left.add(0, tasks(0, 6));
    for (const index of [0, 3, 1, 3]) left.begun(index);
    expect(left.next(10)).toEqual([2, 4, 5]);
    expect(left.next(1)).toEqual([2]);
    expect(left.get(3)).toBeUndefined();
    for (const index of [2, 5, 4]) left.begun(index);
    expect(left.next(10)).toEqual([]);
  });

  it('are told apart where they ask for different things, however many these are', () => {
    const all = Array.from({ length: 40 }, (_, nr) => task(nr, { priority: nr }));
    left.add(0, [...all, ...all]);
    expect(Array.from({ length: 80 }, (_, at) => left.get(at)?.priority)).toEqual(
      [...all, ...all].map(({ priority }) => priority),
    );
  });

  it('share what they ask for, which every worker keeps in memory', () => {
    const parsed: WorkloadRequest[] = JSON.parse(JSON.stringify(tasks(0, 1_000)));
    left.add(0, parsed);
    const kept = new Set((left as unknown as { kinds: object[] }).kinds);
    expect(kept.size).toBe(1);
  });
});
