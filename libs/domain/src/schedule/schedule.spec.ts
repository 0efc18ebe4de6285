import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { type BatchId, type ScheduleId, scheduledBatchId, type TenantId } from '../ids.js';
import { type CreateSchedule, scheduleDecider } from './decide.js';
import type { ScheduledBatch, ScheduleTiming } from './events.js';
import { type ScheduleAct, scheduleTable } from './schedule-table.js';
import { LATE_AFTER_MS, type SettleSchedule } from './settle.js';
import { freeContentPart, SCHEDULE_RUNS_KEPT } from './state.js';

const MINUTE_MS = 60_000;
const scheduleId = idOf('sch', 1) as ScheduleId;
const sha256 = '0'.repeat(64);
const { contentSha256: _sealed, ...task } = request();
const batch: ScheduledBatch = {
  ...{ tasks: [task], count: null, maxParallel: null, maxFailures: null },
  content: { part: 1, sha256 },
};
const create = (timing: Partial<ScheduleTiming> = {}): CreateSchedule => ({
  kind: 'create-schedule',
  scheduleId,
  tenantId: idOf('ten', 1) as TenantId,
  timing: { cron: '* * * * *', timeZone: 'UTC', overlap: 'allow', catchUpLimit: 1, ...timing },
  name: { part: 0, sha256 },
  batch,
  nowMs: NOW_MS,
});
const act = (kind: ScheduleAct, nowMs = NOW_MS) => ({ kind, reason: 'tried', nowMs });
const change = (timing: Partial<ScheduleTiming>, nowMs = NOW_MS) =>
  ({ kind: 'change', timing, name: null, batch: null, nowMs }) as const;
/** `minutes` after the creation, at the times given in minutes after it. */
const settle = (minutes: number, due: number[], more: Partial<SettleSchedule> = {}) => ({
  ...{ kind: 'settle' as const, before: null, openBatches: [], hindrance: null },
  due: due.map((minute) => NOW_MS + minute * MINUTE_MS),
  nowMs: NOW_MS + minutes * MINUTE_MS,
  ...more,
});
const created = (timing?: Partial<ScheduleTiming>) =>
  given(scheduleDecider, given(scheduleDecider, []).when(create(timing)).history);
const fired = (minute: number) => scheduledBatchId(scheduleId, NOW_MS + minute * MINUTE_MS);
const open = [idOf('bat', 1), idOf('bat', 2)] as BatchId[];

describe('a schedule', () => {
  it('answers every command by its table, whatever its status', () => {
    const [N, D, X] = ['SCHEDULE_NOT_FOUND', 'SCHEDULE_DELETED', 'SCHEDULE_EXISTS'];
    expectTable({
      decider: scheduleDecider,
      phaseOf: ({ status }) => status,
      table: scheduleTable,
      waysInto: {
        absent: [[]],
        active: [[create()], [create(), act('pause'), act('resume')], [create(), settle(1, [1])]],
        paused: [[create(), act('pause')]],
        deleted: [
          [create(), act('delete')],
          [create(), act('pause'), act('delete')],
        ],
      },
      commandsFor: () => ({
        'create-schedule': create(),
        change: change({ overlap: 'replace' }),
        pause: act('pause'),
        resume: act('resume'),
        delete: act('delete'),
        settle: settle(9, [9]),
      }),
      expected: {
        'create-schedule': ['>active', X, X, X],
        change: [N, '>active', '>paused', D],
        pause: [N, '>paused', '-', D],
        resume: [N, '-', '>active', D],
        delete: [N, '>deleted', '>deleted', '-'],
        settle: ['-', '>active', '-', '-'],
      },
    });
  });

  it('fires a batch for a planned time, and never again for the same one', () => {
    const first = created().when(settle(1.01, [1]));
    const plannedAtMs = NOW_MS + MINUTE_MS;
    first.thenEvents(['ScheduleFired', { plannedAtMs, batchId: fired(1), replaces: [] }]);
    given(scheduleDecider, first.history)
      .when(settle(1.02, [1]))
      .thenNothing();
    expect(first.state).toMatchObject({ settledUntilMs: plannedAtMs, revision: 1 });
  });

  it('fires one planned time at a time, the oldest first, and none that has not come', () => {
    const first = created().when(settle(2, [1, 2, 3]));
    first.thenEvents(['ScheduleFired', { batchId: fired(1) }]);
    const second = given(scheduleDecider, first.history).when(settle(2, [1, 2, 3]));
    second.thenEvents(['ScheduleFired', { batchId: fired(2) }]);
    given(scheduleDecider, second.history)
      .when(settle(2, [1, 2, 3]))
      .thenNothing();
  });

  it('makes up for the newest late ones within its limit, and records the others as missed', () => {
    const nowMinutes = 10 + LATE_AFTER_MS / MINUTE_MS;
    const late = created({ catchUpLimit: 2 }).when(settle(nowMinutes + 0.1, [6, 7, 8, 9, 10]));
    const [firstAtMs, lastAtMs] = [NOW_MS + 6 * MINUTE_MS, NOW_MS + 8 * MINUTE_MS];
    late.thenEvents(
      ['ScheduleTimesMissed', { count: 3, firstAtMs, lastAtMs }],
      ['ScheduleFired', { batchId: fired(9) }],
    );
    given(scheduleDecider, late.history)
      .when(settle(nowMinutes + 0.1, [10]))
      .thenEvents(['ScheduleFired', { batchId: fired(10) }]);
  });

  it('makes up for none with a limit of 0, and still fires what comes in time', () => {
    const late = created({ catchUpLimit: 0 }).when(settle(10, [1, 2, 10]));
    late.thenEvents(
      ['ScheduleTimesMissed', { count: 2 }],
      ['ScheduleFired', { batchId: fired(10) }],
    );
    created({ catchUpLimit: 0 })
      .when(settle(10, [1]))
      .thenEvents(['ScheduleTimesMissed', { count: 1 }]);
  });

  it.each([
    [40, 41],
    [null, null],
  ])('counts %s that nobody listed among the missed', (count, all) => {
    const before = { count, firstAtMs: NOW_MS + 1, lastAtMs: NOW_MS + 2 };
    const late = created().when(settle(90, [50, 60], { before }));
    const lastAtMs = NOW_MS + 50 * MINUTE_MS;
    late.thenEvents(
      ['ScheduleTimesMissed', { count: all, firstAtMs: NOW_MS + 1, lastAtMs }],
      ['ScheduleFired', { batchId: fired(60) }],
    );
  });

  it('lets batches overlap, skips or replaces, as it was told', () => {
    const openBatches = open;
    const when = (overlap: ScheduleTiming['overlap']) =>
      created({ overlap }).when(settle(1, [1], { openBatches }));
    when('allow').thenEvents(['ScheduleFired', { replaces: [] }]);
    when('replace').thenEvents(['ScheduleFired', { replaces: open }]);
    const [, openBatchId] = open;
    when('skip').thenEvents(['ScheduleSkipped', { cause: 'overlap', openBatchId }]);
    const free = created({ overlap: 'skip' }).when(settle(1, [1]));
    free.thenEvents('ScheduleFired');
  });

  it('records why it was not allowed to fire', () => {
    const hindrance = { cause: 'quota', detail: 'too many' } as const;
    const refused = created().when(settle(1, [1], { hindrance }));
    refused.thenEvents(['ScheduleSkipped', { ...hindrance, openBatchId: null }]);
    expect(refused.state.runs[0]).toMatchObject({ outcome: 'skipped', ...hindrance });
  });

  it('tells of a suspension once, and makes up for what came meanwhile within its limit', () => {
    const hindrance = { cause: 'tenant-suspended', detail: 'suspended' } as const;
    const told = created().when(settle(1, [1], { hindrance }));
    told.thenEvents(['ScheduleSkipped', { cause: 'tenant-suspended' }]);
    const suspended = given(scheduleDecider, told.history);
    suspended.when(settle(2, [2], { hindrance })).thenNothing();
    suspended
      .when(settle(9, [2, 3, 4]))
      .thenEvents(['ScheduleTimesMissed', { count: 2 }], ['ScheduleFired', { batchId: fired(4) }]);
  });

  it('does not make up for what was planned while it was paused, or before its times were moved', () => {
    const { history } = created().when(act('pause'));
    const resumed = given(scheduleDecider, history).when(act('resume', NOW_MS + 5 * MINUTE_MS));
    const active = given(scheduleDecider, resumed.history);
    active.when(settle(5, [1, 2, 5])).thenNothing();
    active.when(settle(6, [5, 6])).thenEvents(['ScheduleFired', { batchId: fired(6) }]);
    const moved = created().when(change({ cron: '*/2 * * * *' }, NOW_MS + MINUTE_MS));
    expect(moved.state.settledUntilMs).toBe(NOW_MS + MINUTE_MS);
    const kept = created().when(change({ overlap: 'skip' }, NOW_MS + MINUTE_MS));
    expect(kept.state.settledUntilMs).toBe(NOW_MS);
  });

  it('says since when it is paused, and why, for as long as it is', () => {
    const paused = created().when(act('pause'));
    const pause = { atMs: paused.history.at(-1)?.occurredAtMs, reason: expect.anything() };
    expect(paused.state.pause).toEqual(pause);
    for (const next of [act('resume'), act('delete')]) {
      expect(given(scheduleDecider, paused.history).when(next).state.pause).toBeNull();
    }
  });

  it('is not changed to what it is', () => {
    created().when(change({})).thenNothing();
    created()
      .when(change({ timeZone: 'UTC', catchUpLimit: 1 }))
      .thenNothing();
  });

  it('keeps new content beside the old, and as many of its runs as anybody pages through', () => {
    let { history, state } = created().when({ ...change({}), name: { part: 2, sha256 } });
    expect([freeContentPart(created().state), freeContentPart(state)]).toEqual([2, 3]);
    for (let minute = 1; minute <= SCHEDULE_RUNS_KEPT + 5; minute += 1) {
      ({ history, state } = given(scheduleDecider, history).when(settle(minute, [minute])));
    }
    expect(state.runs).toHaveLength(SCHEDULE_RUNS_KEPT);
    expect(state.runs[0]?.batchId).toBe(fired(SCHEDULE_RUNS_KEPT + 5));
    expect(state.revision).toBe(2);
  });
});
