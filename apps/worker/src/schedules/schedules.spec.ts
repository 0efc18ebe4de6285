import { type BatchId, batchDecider, defaultQuota, type ScheduleId } from '@bulkhead/domain';
import { OpenWork, type WholeLog } from '@bulkhead/event-store';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { admitted } from '../in-memory-doubles.contract.js';
import {
  MINUTE_MS,
  ScheduledWorld,
  settleAll,
  type WorkerOfSchedules,
} from './scheduled-world.contract.js';
import { LOOKED_AHEAD_MAX } from './schedules.js';

let world: ScheduledWorld;
let worker: WorkerOfSchedules;
let tenant: Awaited<ReturnType<ScheduledWorld['tenant']>>;

beforeEach(async () => {
  world = new ScheduledWorld(new InMemoryLog({ clock: () => world.nowMs, newEventId: v7 }));
  worker = await world.worker();
  tenant = await world.tenant();
});

const outcomes = async (scheduleId: `sch_${string}`) =>
  (await world.runs(tenant, scheduleId)).map(({ outcome, cause }) => cause ?? outcome);
const batchesOf = async (scheduleId: `sch_${string}`) =>
  (await world.runs(tenant, scheduleId)).map(({ batchId }) => batchId as BatchId);

describe('a schedule', () => {
  it('submits its batch at each planned time, whose tasks are told their index and that time', async () => {
    const scheduleId = await world.create(tenant);
    await settleAll(worker);
    expect(await outcomes(scheduleId)).toEqual([]);
    world.passMinutes(1);
    await settleAll(worker);
    await settleAll(worker);
    const [run] = await world.runs(tenant, scheduleId);
    const { batchId } = run as { batchId: BatchId };
    expect(run).toMatchObject({
      outcome: 'fired',
      plannedAtMs: Date.parse('2026-11-21T10:01:00Z'),
    });
    expect(await world.types(tenant, batchId)).toEqual(['BatchSubmitted', 'BatchTasksAdded']);
    const { state } = await world.log.readState(tenant, batchId, batchDecider);
    expect(state).toMatchObject({ taskCount: 2, status: 'running' });
    const [, added] = await world.log.readStream(tenant, batchId);
    expect(added?.event.payload).toMatchObject({ tasks: [{ hasContent: true }, {}] });
    expect(await world.log.readContent(tenant, batchId, 0)).toEqual({ name: 'nightly report' });
    expect(await world.log.readContent(tenant, batchId, 2)).toEqual({
      args: ['--part', '1'],
      env: { BULKHEAD_TASK_INDEX: '1', BULKHEAD_PLANNED_AT: '2026-11-21T10:01:00.000Z' },
    });
    const [first, second] = await world.log.readAll({ afterPosition: 2, limit: 9 });
    expect([first?.event.type, second?.event.type]).toEqual(['ScheduleFired', 'BatchSubmitted']);
    expect(first?.metadata.actor).toEqual({ kind: 'system', id: 'schedules' });
  });

  it('is looked for in no stretch of the log twice, however long nobody says anything of schedules', async () => {
    await worker.schedules.step();
    await world.tenant();
    await worker.schedules.step();
    await world.tenant();
    const reads = vi.spyOn(world.log, 'readAll');
    await worker.schedules.step();
    expect(reads.mock.calls).toMatchObject([[{ afterPosition: 2, throughPosition: 3 }]]);
  });

  it('has tasks that differ from each other where they are listed', async () => {
    const [same] = (await world.state(tenant, await world.create(tenant))).batch?.tasks ?? [];
    if (same === undefined) throw new Error('no task');
    const tasks = [same, { ...same, priority: 9 }];
    const scheduleId = await world.create(tenant, {}, { tasks, count: null }, [
      {},
      { args: ['b'] },
    ]);
    world.passMinutes(1);
    await settleAll(worker);
    const [batchId] = await batchesOf(scheduleId);
    const [, added] = await world.log.readStream(tenant, batchId as BatchId);
    expect(added?.event.payload).toMatchObject({
      tasks: [{ priority: same.priority }, { priority: 9 }],
    });
    expect(await world.log.readContent(tenant, batchId as BatchId, 2)).toMatchObject({
      args: ['b'],
    });
  });

  it('gives each batch its deadline, counted from its firing and not from the planned time', async () => {
    const scheduleId = await world.create(tenant, {}, { deadlineSeconds: 90 });
    world.passMinutes(1);
    world.nowMs += 5_000;
    await settleAll(worker);
    const [batchId] = await batchesOf(scheduleId);
    const { state } = await world.log.readState(tenant, batchId as BatchId, batchDecider);
    expect(state.deadlineAtMs).toBe(world.nowMs + 90_000);
  });

  it('makes up for the newest missed time after a worker was away, and says what was missed', async () => {
    const scheduleId = await world.create(tenant);
    world.passMinutes(90);
    const restarted = await world.worker();
    await settleAll(restarted);
    const runs = await world.runs(tenant, scheduleId);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['missed', 'fired', 'fired']);
    expect(runs[0]?.missed?.count).toBe(88);
    expect(runs.map(({ plannedAtMs }) => (world.nowMs - 500 - plannedAtMs) / MINUTE_MS)).toEqual([
      2, 1, 0,
    ]);
  });

  it('fires beside many others, also where they are more than are looked at at once', async () => {
    const ids: ScheduleId[] = [];
    for (let nr = 0; nr <= LOOKED_AHEAD_MAX; nr += 1) ids.push(await world.create(tenant));
    world.passMinutes(1);
    await settleAll(worker);
    for (const id of ids) expect(await outcomes(id)).toEqual(['fired']);
  });

  it('skips what overlaps an unfinished run, and fires again once that has ended', async () => {
    const scheduleId = await world.create(tenant, { overlap: 'skip' });
    for (let minute = 0; minute < 2; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    expect(await outcomes(scheduleId)).toEqual(['fired', 'overlap']);
    const [batchId] = await batchesOf(scheduleId);
    await world.endBatch(tenant, batchId as BatchId);
    world.passMinutes(1);
    await settleAll(worker);
    expect(await outcomes(scheduleId)).toEqual(['fired', 'overlap', 'fired']);
  });

  it('cancels an unfinished run where the next one replaces it', async () => {
    const scheduleId = await world.create(tenant, { overlap: 'replace' });
    for (let minute = 0; minute < 2; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    const [first, second] = await batchesOf(scheduleId);
    expect(await world.types(tenant, first as BatchId)).toContain('BatchCancelRequested');
    expect(await world.types(tenant, second as BatchId)).not.toContain('BatchCancelRequested');
    expect((await world.runs(tenant, scheduleId))[1]?.replaces).toEqual([first]);
    expect(worker.schedules.book.replaced.size).toBe(0);
  });

  it('does not fire for a suspended tenant, and makes up for one time after its reinstatement', async () => {
    const scheduleId = await world.create(tenant);
    const nowMs = world.nowMs;
    await world.onTenant(tenant, {
      kind: 'suspend',
      evict: false,
      reason: 'unpaid',
      nowMs,
    });
    for (let minute = 0; minute < 3; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    expect(await outcomes(scheduleId)).toEqual(['tenant-suspended']);
    await world.onTenant(tenant, { kind: 'reinstate', reason: 'paid', nowMs });
    world.passMinutes(2);
    await settleAll(worker);
    expect(await outcomes(scheduleId)).toEqual(['tenant-suspended', 'missed', 'fired', 'fired']);
  });

  it('records what a quota or a limit of its tenant refuses', async () => {
    const scheduleId = await world.create(tenant);
    const quota = { ...defaultQuota, pendingWorkloads: 1 };
    const { nowMs } = world;
    await world.onTenant(tenant, { kind: 'change-quota', quota, reason: 'small', nowMs });
    world.admit = async () => ({
      refused: 'pendingWorkloads',
      submissions: 0,
      resetMs: 1,
      pending: 1,
    });
    world.passMinutes(1);
    await settleAll(worker);
    expect((await world.runs(tenant, scheduleId))[0]).toMatchObject({
      ...{ outcome: 'skipped', cause: 'quota', batchId: null },
      detail: 'This needs 3 pendingWorkloads, and the quota is 1.',
    });
    const tiny = { ...defaultQuota, batchTasks: 1 };
    await world.onTenant(tenant, {
      kind: 'change-quota',
      quota: tiny,
      reason: 'x',
      nowMs,
    });
    world.passMinutes(1);
    await settleAll(worker);
    expect((await world.runs(tenant, scheduleId))[1]?.detail).toContain('batchTasks');
  });

  it('records that there is no room beside what its tenant has open, before anything shows that', async () => {
    const none = { open: 0, position: 0 };
    const openOf = async () => ({ workloads: none, batches: none, head: 0 });
    world.openWork = new OpenWork({ max: 5, read: openOf, clock: world.clock });
    worker = await world.worker();
    const scheduleId = await world.create(tenant, { overlap: 'allow' });
    // What another limit refuses takes no room.
    const quota = { ...defaultQuota, submissionsPerMinute: 1 };
    const { nowMs } = world;
    await world.onTenant(tenant, { kind: 'change-quota', quota, reason: 'small', nowMs });
    const refused = { refused: 'submissionsPerMinute', submissions: 1, resetMs: 1 } as const;
    world.admit = async () => ({ ...refused, pending: null });
    for (let minute = 0; minute < 3; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    world.admit = async () => admitted;
    for (let minute = 0; minute < 3; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    expect(await outcomes(scheduleId)).toEqual([
      ...['quota', 'quota', 'quota'],
      ...['fired', 'fired', 'quota'],
    ]);
    const last = (await world.runs(tenant, scheduleId)).at(-1);
    expect(last?.detail).toBe('This needs 6 openWorkloads, and the quota is 5.');
  });

  it('fires on as its batches end, also where the read model of single workloads stands still', async () => {
    const none = { open: 0, position: 0 };
    const openOf = async () => {
      const head = await world.log.head();
      return { workloads: none, batches: { open: 0, position: head }, head };
    };
    world.openWork = new OpenWork({ max: 2, read: openOf, clock: world.clock });
    worker = await world.worker();
    const scheduleId = await world.create(tenant, { overlap: 'allow' });
    for (let minute = 0; minute < 4; minute += 1) {
      world.passMinutes(1);
      await settleAll(worker);
    }
    expect(await outcomes(scheduleId)).toEqual(['fired', 'fired', 'fired', 'fired']);
  });

  it('fires nothing where what its tasks run was erased', async () => {
    const content = { part: 7, sha256: '0'.repeat(64) };
    const scheduleId = await world.create(tenant, {}, { content });
    world.passMinutes(1);
    await settleAll(worker);
    expect(await outcomes(scheduleId)).toEqual(['content-erased']);
  });

  it('fires nothing while it is paused, and nothing of that time later', async () => {
    const scheduleId = await world.create(tenant, { catchUpLimit: 10 });
    const act = (kind: 'pause' | 'resume' | 'delete') =>
      world.onSchedule(tenant, scheduleId, { kind, reason: null, nowMs: world.nowMs });
    await act('pause');
    world.passMinutes(5);
    await settleAll(worker);
    await act('resume');
    world.passMinutes(1);
    await settleAll(worker);
    await act('delete');
    world.passMinutes(1);
    await settleAll(worker);
    expect(await outcomes(scheduleId)).toEqual(['fired']);
  });
});

describe('two workers', () => {
  it('that both believe to hold the lease fire each planned time once', async () => {
    const other = await world.worker();
    const ids: ScheduleId[] = [];
    for (let nr = 0; nr < 20; nr += 1) ids.push(await world.create(tenant));
    for (let minute = 0; minute < 3; minute += 1) {
      world.passMinutes(1);
      await Promise.all([settleAll(worker), settleAll(other)]);
    }
    for (const id of ids) expect(await outcomes(id)).toEqual(['fired', 'fired', 'fired']);
    const all = await world.log.readAll({
      afterPosition: 0,
      limit: 1_000,
      types: ['BatchSubmitted'],
    });
    expect(all).toHaveLength(60);
  });

  it('take over from each other: what one died before cancelling, the next one cancels, once', async () => {
    const scheduleId = await world.create(tenant, { overlap: 'replace' });
    world.passMinutes(1);
    await settleAll(worker);
    const [first] = await batchesOf(scheduleId);
    const dying = await world.worker(diesBeforeWriting(world.log, first as BatchId));
    world.passMinutes(1);
    await settleAll(dying);
    expect(await world.types(tenant, first as BatchId)).not.toContain('BatchCancelRequested');
    const next = await world.worker();
    await settleAll(next);
    await settleAll(await world.worker());
    const types = await world.types(tenant, first as BatchId);
    expect(types.filter((type) => type === 'BatchCancelRequested')).toHaveLength(1);
    expect(await outcomes(scheduleId)).toEqual(['fired', 'fired']);
  });
});

/** A log that a worker dies at before it writes into this stream. */
function diesBeforeWriting(log: WholeLog, stream: BatchId): WholeLog {
  return new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'append') return member.bind(target);
      return async (append: Parameters<WholeLog['append']>[0]) => {
        if (append.streams.some((one) => one.stream === stream)) throw new Error('killed');
        return target.append(append);
      };
    },
  });
}
