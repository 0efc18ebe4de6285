import { type ScheduleId, scheduleDecider, type TenantId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { idOf, request } from '../../../../test/domain/builders.js';
import { DueTurns } from './due-turns.js';
import type { KnownSchedule } from './schedule-book.js';

const { contentSha256: sha256, ...task } = request();

/** So many schedules of a tenant that fire so many tasks each, with its letter. */
function schedulesOf(tenant: string, count: number, tasks: number): KnownSchedule[] {
  const limits = { maxParallel: 1, maxFailures: null, content: { part: 1, sha256 } };
  return Array.from({ length: count }, (_, nr) => ({
    scheduleId: `sch_${tenant}${nr + 1}` as ScheduleId,
    tenantId: idOf('ten', tenant.charCodeAt(0)) as TenantId,
    correlationId: '',
    state: { ...scheduleDecider.initialState, batch: { tasks: [task], count: tasks, ...limits } },
    version: 1,
    position: 1,
    times: null,
    nextAtMs: 0,
    open: new Set(),
  }));
}

const names = (schedules: readonly KnownSchedule[]) =>
  schedules.map(({ scheduleId }) => scheduleId.slice('sch_'.length)).join(' ');

/** What each look takes until everything was settled once. */
function looks(turns: DueTurns, due: readonly KnownSchedule[]): string[] {
  const told: string[] = [];
  for (let left = [...due]; left.length > 0; ) {
    const taken = turns.take(left);
    told.push(names(taken));
    left = left.filter((schedule) => !taken.includes(schedule));
  }
  return told;
}

describe('schedules that are due at once', () => {
  it('take turns by tenant, however many one of them has and whoever made theirs first', () => {
    const due = [...schedulesOf('a', 4, 1), ...schedulesOf('b', 1, 1), ...schedulesOf('c', 2, 1)];
    expect(names(new DueTurns().take(due))).toBe('a1 b1 c1 a2 c2 a3 a4');
  });

  it('are settled ten thousand tasks at a time, and what is larger than that alone', () => {
    const turns = new DueTurns();
    expect(looks(turns, schedulesOf('a', 3, 10_000))).toEqual(['a1', 'a2', 'a3']);
    expect(looks(turns, schedulesOf('b', 4, 4_000))).toEqual(['b1 b2', 'b3 b4']);
    expect(looks(new DueTurns({ tasks: 5, schedules: 9 }), schedulesOf('c', 2, 7))).toEqual([
      'c1',
      'c2',
    ]);
  });

  it('are settled a bounded number at a time, so that others that become due are seen', () => {
    const turns = new DueTurns({ tasks: 100, schedules: 2 });
    expect(looks(turns, schedulesOf('a', 5, 1))).toEqual(['a1 a2', 'a3 a4', 'a5']);
  });

  it('keep another tenant’s waiting for one of each tenant at most, large as they are', () => {
    const turns = new DueTurns();
    const large = [...schedulesOf('a', 5, 10_000), ...schedulesOf('b', 5, 10_000)];
    expect(names(turns.take(large))).toBe('a1');
    const due = [...large.slice(1), ...schedulesOf('v', 2, 1)];
    expect(looks(turns, due)).toEqual([
      'b1',
      'v1 v2',
      'a2',
      'b2',
      'a3',
      'b3',
      'a4',
      'b4',
      'a5',
      'b5',
    ]);
  });

  it('begin with the small one of those that wait equally long', () => {
    const due = [...schedulesOf('a', 2, 10_000), ...schedulesOf('v', 1, 1)];
    expect(looks(new DueTurns(), due)).toEqual(['v1', 'a1', 'a2']);
  });

  it('keep a large one waiting for no small one that became due after it', () => {
    const turns = new DueTurns();
    const large = schedulesOf('a', 1, 10_000);
    expect(names(turns.take([...large, ...schedulesOf('b', 1, 1)]))).toBe('b1');
    expect(names(turns.take([...large, ...schedulesOf('c', 1, 1)]))).toBe('a1');
  });

  it('let the others of a tenant go before one that could not be settled', () => {
    const turns = new DueTurns({ tasks: 1, schedules: 1 });
    const due = schedulesOf('a', 3, 1);
    const taken = [1, 2, 3, 4].map(() => names(turns.take(due)));
    expect(taken).toEqual(['a1', 'a2', 'a3', 'a1']);
  });
});
