import { admitSubmission, openPool } from '@bulkhead/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  MINUTE_MS,
  ScheduledWorld,
  settleAll,
  type WorkerOfSchedules,
} from '../../../apps/worker/src/schedules/scheduled-world.contract.js';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let pool: pg.Pool;
let world: ScheduledWorld;
let worker: WorkerOfSchedules;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  pool = openPool({ url: api.database.workerUrl, applicationName: 'schedules' });
});
beforeEach(async () => {
  tenant = await api.tenant(operator);
  world = new ScheduledWorld(api.log);
  world.admit = (asked) => admitSubmission(pool, asked);
  worker = await world.worker();
});
afterAll(async () => {
  await pool.end();
  await api.stop();
});

async function minutePasses(): Promise<void> {
  world.nowMs = (Math.floor(world.nowMs / MINUTE_MS) + 1) * MINUTE_MS + 500;
  await settleAll(worker);
}

async function create(changes: object = {}): Promise<string> {
  const batch = {
    name: 'report',
    taskDefaults: submission({ args: ['--part', '{{index}}'], env: { MODE: 'full' } }),
    tasks: [{}, { args: ['last'] }],
    maxParallel: 1,
  };
  const schedule = { name: 'every minute', cron: '* * * * *', batch, ...changes };
  const answer = await api.post('/v1/schedules', tenant.token, schedule);
  expect(answer.status, answer.text).toBe(201);
  // The api has the real time, and the worker one that runs ahead of it: in the minute of the creation, whichever it is now.
  world.nowMs = Math.max(world.nowMs, Date.parse(answer.body.nextAt) - MINUTE_MS);
  return answer.body.id;
}
const get = async (path: string) => (await api.get(`/v1${path}`, tenant.token)).body;

describe('a schedule that has fired', () => {
  it('shows its runs, whose batches are like those that somebody submitted', async () => {
    const id = await create();
    await minutePasses();
    await minutePasses();
    const { items } = await get(`/schedules/${id}/runs`);
    expect(items).toMatchObject([
      { outcome: 'skipped', cause: 'overlap', batchId: items[1].batchId },
      { outcome: 'fired', cause: null, replaces: [], missed: null },
    ]);
    const [, { batchId, plannedAt }] = items;
    expect(await get(`/batches/${batchId}`)).toMatchObject({
      ...{ id: batchId, name: 'report', taskCount: 2, status: 'running', maxParallel: 1 },
    });
    const told = { MODE: 'full', BULKHEAD_PLANNED_AT: plannedAt };
    expect(await api.log.readContent(tenant.id, batchId, 2)).toEqual({
      ...{ args: ['last'], env: { ...told, BULKHEAD_TASK_INDEX: '1' } },
    });
    expect((await get(`/schedules/${id}`)).lastRun).toEqual(items[0]);
  });

  it('is listed with its newest run, page by page, and found by its status', async () => {
    const ids = [await create({ name: 'a' }), await create({ name: 'b' })];
    await api.post(`/v1/schedules/${ids[0]}/pause`, tenant.token, {});
    await minutePasses();
    await api.project();
    const paused = await get('/schedules?status=paused');
    expect(paused.items.map(({ id }: { id: string }) => id)).toEqual([ids[0]]);
    expect(paused.items[0]).toMatchObject({ name: 'a', nextAt: null, lastRun: null });
    const first = await get('/schedules?limit=1');
    expect(first.items).toMatchObject([{ id: ids[1], name: 'b', lastRun: { outcome: 'fired' } }]);
    const cursor = encodeURIComponent(first.nextCursor);
    const next = await get(`/schedules?limit=1&cursor=${cursor}`);
    expect(next.items[0].id).toBe(ids[0]);
    const call = { token: tenant.token };
    await api.call('DELETE', `/v1/schedules/${ids[0]}`, call);
    await api.project();
    const left = (await get('/schedules')).items.map(({ id }: { id: string }) => id);
    expect(left).not.toContain(ids[0]);
    const deleted = (await get('/schedules?status=deleted')).items;
    expect(deleted.map(({ id }: { id: string }) => id)).toEqual([ids[0]]);
  });

  it('pages through its runs, the newest first', async () => {
    const id = await create({ overlap: 'allow' });
    for (let minute = 0; minute < 3; minute += 1) await minutePasses();
    const first = await get(`/schedules/${id}/runs?limit=2`);
    const cursor = encodeURIComponent(first.nextCursor);
    const second = await get(`/schedules/${id}/runs?limit=2&cursor=${cursor}`);
    const planned = [...first.items, ...second.items].map(
      ({ plannedAt }: { plannedAt: string }) => plannedAt,
    );
    expect(planned).toHaveLength(3);
    expect(planned).toEqual([...planned].sort().reverse());
    expect(second.nextCursor).toBeNull();
  });

  it('is refused what the quota of its tenant forbids, and says so in its run', async () => {
    const quota = { workloads: 9, cpuMillis: 9_000, memoryMiB: 9_000, utilityVms: 9 };
    const body = { ...quota, batchTasks: 100, submissionsPerMinute: 0, reason: 'contract' };
    await api.call('PUT', `/v1/tenants/${tenant.id}/quota`, { token: operator, body });
    const id = await create();
    await minutePasses();
    const { items } = await get(`/schedules/${id}/runs`);
    expect(items[0]).toMatchObject({ outcome: 'skipped', cause: 'quota', batchId: null });
    expect(items[0].detail).toContain('submissionsPerMinute');
  });
});
