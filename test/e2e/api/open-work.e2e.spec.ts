import type { BatchId } from '@bulkhead/domain';
import { OpenWork, openPool, readOpenWork } from '@bulkhead/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  MINUTE_MS,
  ScheduledWorld,
  settleAll,
} from '../../../apps/worker/src/schedules/scheduled-world.contract.js';
import { type Answered, ApiUnderTest, submission } from './api-under-test.js';
import { reportOutcomes } from './report-outcomes.js';

const MAX = 6;
let api: ApiUnderTest;
let operator: string;
let pool: pg.Pool;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start({ openWorkloadsPerTenantMax: MAX });
  operator = await api.platformToken('operator');
  pool = openPool({ url: api.database.workerUrl, applicationName: 'open-work' });
});
beforeEach(async () => {
  tenant = await api.tenant(operator, { trust: 'standard' });
});
afterAll(async () => {
  await pool.end();
  await api.stop();
});

const submit = (key?: string, token = tenant.token) =>
  api.post('/v1/workloads', token, submission(), key);
const batch = (count: number, key?: string) =>
  api.post(
    '/v1/batches',
    tenant.token,
    { name: 'b', taskDefaults: submission(), count, maxParallel: 1 },
    key,
  );
const own = async () => (await api.get('/v1/tenant', tenant.token)).body;

async function submitAll(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let times = 0; times < count; times += 1) {
    const { status, body } = await submit();
    expect(status).toBe(202);
    ids.push(body.id);
  }
  return ids;
}

function expectRefused({ status, body }: Answered, use: number, asked: number): void {
  expect([status, body]).toMatchObject([
    422,
    { code: 'QUOTA_EXCEEDED', quota: 'openWorkloads', limit: MAX, use, asked },
  ]);
}

describe('a tenant whose open work has come to the bound of the installation', () => {
  it('is refused workloads, batches and lines of a batch, and is told limit and use', async () => {
    await submitAll(2);
    expectRefused(await batch(5), 2, 5);
    expect((await batch(4)).status).toBe(202);
    const before = await api.log.head();
    const refused = await submit();
    expectRefused(refused, 6, 1);
    expect(refused.body.detail).toContain('Nothing was recorded. It bounds what was accepted');
    expectRefused(await batch(1), 6, 1);
    const lines = [{ name: 'b', taskDefaults: submission() }, {}].map((line) =>
      JSON.stringify(line),
    );
    const asLines = { 'content-type': 'application/x-ndjson' };
    const body = lines.join('\n');
    expectRefused(
      await api.call('POST', '/v1/batches', { token: tenant.token, body, headers: asLines }),
      6,
      1,
    );
    expect(await api.log.head()).toBe(before);
    // Nothing ever has room for more than all of it.
    expectRefused(await batch(7), 6, 7);
  });

  it('is let in no further by many requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit()));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(6).fill(202), ...Array(24).fill(422)]);
  });

  it('leaves every other tenant its own', async () => {
    await submitAll(MAX);
    const other = await api.tenant(operator, { trust: 'standard' });
    expectRefused(await submit(), 6, 1);
    expect((await submit(undefined, other.token)).status).toBe(202);
  });

  it('may go on as soon as work ended or was cancelled, once a batch ended for all of its tasks', async () => {
    const [first] = await submitAll(3);
    const { id } = (await batch(3)).body;
    expectRefused(await submit(), 6, 1);
    await api.post(`/v1/workloads/${first}/cancel`, tenant.token, {});
    await api.project();
    expect((await submit()).status).toBe(202);
    expectRefused(await submit(), 6, 1);
    await api.post(`/v1/batches/${id}/cancel`, tenant.token, {});
    await api.project();
    // It is still to end: no worker has told it what became of its tasks.
    expectRefused(await submit(), 6, 1);
    await reportOutcomes(api, tenant.id, id as BatchId, []);
    await api.project();
    expect((await batch(3)).status).toBe(202);
    expectRefused(await submit(), 6, 1);
  });

  it('is not held up by a read model of another kind that stands still', async () => {
    for (const [kind, standing, submitOne] of [
      ['workloads', 'batches', submit],
      ['batches', 'workloads', () => batch(1)],
    ] as const) {
      await api.project();
      for (let times = 0; times < MAX + 2; times += 1) {
        const { status, body } = await submitOne();
        expect([status, kind]).toEqual([202, kind]);
        await api.post(`/v1/${kind}/${body.id}/cancel`, tenant.token, {});
        if (kind === 'batches') await reportOutcomes(api, tenant.id, body.id as BatchId, []);
        await api.project([standing]);
      }
    }
  });

  it('is not held up by what the rules refuse, which is over as it begins', async () => {
    const refused = submission({
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
      strict: true,
      isolation: 'process',
    });
    const hostile = await api.tenant(operator, { trust: 'hostile' });
    for (let times = 0; times < MAX + 1; times += 1) {
      const { status, body } = await api.post('/v1/workloads', hostile.token, refused);
      expect([status, body.code]).toEqual([422, 'ISOLATION_REFUSED']);
    }
    expect((await submit(undefined, hostile.token)).status).toBe(202);
  });

  it('is answered as before where it repeats a request under its key', async () => {
    const first = await submit('one');
    const large = await batch(5, 'many');
    expectRefused(await submit('another'), 6, 1);
    const [again, largeAgain] = [await submit('one'), await batch(5, 'many')];
    for (const [{ body }, { status, body: told, headers }] of [
      [first, again],
      [large, largeAgain],
    ] as const) {
      expect([status, told.id, headers.get('idempotency-replayed')]).toEqual([
        202,
        body.id,
        'true',
      ]);
    }
  });

  it('cannot have a batch retried whose tasks have no room, and can once they have', async () => {
    const { id } = (await batch(4)).body;
    await reportOutcomes(api, tenant.id, id as BatchId, [
      'failed',
      'failed',
      'failed',
      'succeeded',
    ]);
    await api.project();
    const others = await submitAll(4);
    const retry = () => api.post(`/v1/batches/${id}/retry-failed`, tenant.token, {});
    expectRefused(await retry(), 4, 3);
    await api.post(`/v1/workloads/${others[0]}/cancel`, tenant.token, {});
    await api.project();
    const retried = await retry();
    expect([retried.status, retried.body.taskCount]).toEqual([202, 3]);
    expect((await retry()).body.id).toBe(retried.body.id);
  });

  it('is told that what the tasks of a batch ran was erased, and not to wait for room to retry it', async () => {
    const { id } = (await batch(4)).body;
    await reportOutcomes(api, tenant.id, id as BatchId, ['failed', 'failed', 'failed', 'failed']);
    await api.project();
    await submitAll(4);
    const retry = () => api.post(`/v1/batches/${id}/retry-failed`, tenant.token, {});
    expectRefused(await retry(), 4, 4);
    const admin = openPool({ url: api.database.databaseUrl, applicationName: 'erasure' });
    await admin.query('DELETE FROM log.contents WHERE tenant = $1', [tenant.id]);
    await admin.end();
    const { status, body } = await retry();
    expect([status, body.code]).toEqual([409, 'BATCH_CONTENT_ERASED']);
  });

  it('reads limit and use of its own', async () => {
    expect(await own()).toMatchObject({
      limits: { openWorkloads: MAX },
      use: { openWorkloads: 0 },
    });
    await submitAll(1);
    await batch(4);
    await api.project();
    expect(await own()).toMatchObject({
      limits: { openWorkloads: MAX },
      use: { openWorkloads: 5 },
    });
  });

  it('is told that it is suspended, where both hold', async () => {
    await submitAll(MAX);
    await api.post(`/v1/tenants/${tenant.id}/suspend`, operator, { reason: 'unpaid' });
    for (const { status, body } of [await submit(), await batch(1)]) {
      expect([status, body.code]).toEqual([403, 'TENANT_SUSPENDED']);
    }
  });
});

describe('a schedule that fires at the bound', () => {
  it('says so in its run, and fires once there is room', async () => {
    const world = new ScheduledWorld(api.log);
    world.openWork = new OpenWork({
      max: MAX,
      read: (id) => readOpenWork(pool, id),
      clock: () => world.nowMs,
    });
    const plan = { name: 'b', taskDefaults: submission(), count: 4 };
    const created = await api.post('/v1/schedules', tenant.token, {
      ...{ name: 'every minute', cron: '* * * * *', overlap: 'allow', batch: plan },
    });
    expect(created.status, created.text).toBe(201);
    const [first] = await submitAll(3);
    await api.project();
    world.nowMs = Math.max(world.nowMs, Date.now());
    const worker = await world.worker();
    const runAfterAMinute = async () => {
      world.nowMs = (Math.floor(world.nowMs / MINUTE_MS) + 1) * MINUTE_MS + 500;
      await settleAll(worker);
      await api.project();
      const path = `/v1/schedules/${created.body.id}/runs`;
      return (await api.get(path, tenant.token)).body.items[0];
    };
    expect(await runAfterAMinute()).toMatchObject({
      ...{ outcome: 'skipped', cause: 'quota', batchId: null },
      detail: 'This needs 7 openWorkloads, and the quota is 6.',
    });
    await api.post(`/v1/workloads/${first}/cancel`, tenant.token, {});
    await api.project();
    expect(await runAfterAMinute()).toMatchObject({ outcome: 'fired' });
    expectRefused(await submit(), 6, 1);
    expect(await runAfterAMinute()).toMatchObject({ outcome: 'skipped', cause: 'quota' });
  });
});
