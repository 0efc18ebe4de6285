import { openReadModels } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
type Tenant = Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const held = { workloads: 50, cpuMillis: 64_000, memoryMiB: 131_072, utilityVms: 20 };

async function setQuota(tenant: Tenant, quota: object): Promise<void> {
  const body = { ...held, batchTasks: 100, ...quota, reason: 'contract' };
  const path = `/v1/tenants/${tenant.id}/quota`;
  const answer = await api.call('PUT', path, { token: operator, body });
  expect([answer.status, answer.body.quota]).toMatchObject([200, quota]);
}

async function limited(quota: object): Promise<Tenant> {
  const tenant = await api.tenant(operator, { trust: 'standard' });
  await setQuota(tenant, quota);
  return tenant;
}

const submit = (tenant: Tenant, key?: string) =>
  api.post('/v1/workloads', tenant.token, submission(), key);
const batch = (tenant: Tenant, change: object) =>
  api.post('/v1/batches', tenant.token, { name: 'b', taskDefaults: submission(), ...change });
const useOf = async (tenant: Tenant) => (await api.get('/v1/tenant', tenant.token)).body.use;

describe('a tenant whose quota bounds how often it submits', () => {
  it('is told with each answer what is left, and with 429 when to come back', async () => {
    const tenant = await limited({ submissionsPerMinute: 3 });
    for (const left of ['2', '1', '0']) {
      const { status, headers } = await (left === '1'
        ? batch(tenant, { count: 2 })
        : submit(tenant));
      expect([status, headers.get('ratelimit-remaining')]).toEqual([202, left]);
      expect(headers.get('ratelimit-limit')).toBe('3');
      expect(headers.get('ratelimit-policy')).toBe('3;w=60');
    }
    const before = await api.log.head();
    const refused = await submit(tenant);
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { code: 'TOO_MANY_SUBMISSIONS', quota: 'submissionsPerMinute', limit: 3 },
    ]);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit-reset')).toBe(String(seconds));
    expect((await batch(tenant, { count: 1 })).status).toBe(429);
    expect(await api.log.head()).toBe(before);
    expect((await useOf(tenant)).submissionsThisMinute).toBe(3);
    // Reading, explaining and cancelling are no submissions.
    expect((await api.post('/v1/workloads/explain', tenant.token, submission())).status).toBe(200);
  });

  it('is told that it is suspended and not to come back, where both hold', async () => {
    const tenant = await limited({ submissionsPerMinute: 1 });
    expect((await submit(tenant)).status).toBe(202);
    await api.post(`/v1/tenants/${tenant.id}/suspend`, operator, { reason: 'unpaid' });
    for (const refused of [await submit(tenant), await batch(tenant, { count: 1 })]) {
      expect([refused.status, refused.body.code]).toEqual([403, 'TENANT_SUSPENDED']);
    }
  });

  it('is not let in more often by many requests at once', async () => {
    const tenant = await limited({ submissionsPerMinute: 5 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(tenant)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(5).fill(202), ...Array(25).fill(429)]);
  });

  it('repeats a request under its key as often as it likes: that is no further submission', async () => {
    const tenant = await limited({ submissionsPerMinute: 1 });
    const first = await submit(tenant, 'a-key');
    const again = await submit(tenant, 'a-key');
    expect([first.status, again.status, again.body.id]).toEqual([202, 202, first.body.id]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('ratelimit-remaining')).toBeNull();
    expect((await submit(tenant, 'another')).status).toBe(429);
  });

  it('obeys another quota from the very next submission on, which nobody has to be told', async () => {
    const tenant = await limited({ submissionsPerMinute: 1 });
    await submit(tenant);
    expect((await submit(tenant)).status).toBe(429);
    await setQuota(tenant, { submissionsPerMinute: 2 });
    expect((await submit(tenant)).status).toBe(202);
    expect((await submit(tenant)).status).toBe(429);
    await setQuota(tenant, { submissionsPerMinute: 9 });
    expect((await submit(tenant)).status).toBe(202);
    // A lower one holds for the very next submission too, which the process decides from what it remembers.
    await setQuota(tenant, { submissionsPerMinute: 3 });
    expect((await submit(tenant)).status).toBe(429);
    await setQuota(tenant, { submissionsPerMinute: 0 });
    const never = await submit(tenant);
    expect([never.status, never.body.code]).toEqual([422, 'QUOTA_EXCEEDED']);
    expect(never.headers.get('retry-after')).toBeNull();
    await setQuota(tenant, { submissionsPerMinute: null });
    const free = await submit(tenant);
    expect([free.status, free.headers.get('ratelimit-limit')]).toEqual([202, null]);
    expect((await useOf(tenant)).submissionsThisMinute).toBeNull();
  });
});

describe('a tenant whose quota bounds what waits', () => {
  it('is refused what is beyond it, with limit and use, and counts as nothing submitted', async () => {
    const tenant = await limited({ pendingWorkloads: 4, submissionsPerMinute: 50 });
    expect((await submit(tenant)).status).toBe(202);
    const large = await batch(tenant, { count: 4 });
    expect([large.status, large.body]).toMatchObject([
      422,
      { code: 'QUOTA_EXCEEDED', quota: 'pendingWorkloads', limit: 4, use: 1, asked: 4 },
    ]);
    // So many of its tasks wait at once, and the others are not made yet.
    expect((await batch(tenant, { count: 10, maxParallel: 3 })).status).toBe(202);
    expect((await submit(tenant)).body).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      limit: 4,
      use: 4,
      asked: 1,
    });
    expect(await useOf(tenant)).toMatchObject({ pendingWorkloads: 4, submissionsThisMinute: 2 });
  });

  it('may submit again once something waits no more', async () => {
    const tenant = await limited({ pendingWorkloads: 1 });
    const { body } = await submit(tenant);
    expect((await submit(tenant)).status).toBe(422);
    await api.post(`/v1/workloads/${body.id}/cancel`, tenant.token, {});
    await api.project();
    expect((await useOf(tenant)).pendingWorkloads).toBe(0);
    expect((await submit(tenant)).status).toBe(202);
  });
});

describe('a tenant whose quota nobody has changed', () => {
  it('is neither bounded nor counted', async () => {
    const tenant = await api.tenant(operator);
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(tenant)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await api.project();
    expect((await api.get('/v1/tenant', tenant.token)).body).toMatchObject({
      trust: 'hostile',
      quota: { submissionsPerMinute: null, pendingWorkloads: null },
      use: { ...noneHeld, pendingWorkloads: 30, submissionsThisMinute: null },
    });
    const readModels = await openReadModels({
      url: api.database.databaseUrl,
      applicationName: 'test',
    });
    const counted = await readModels.query('SELECT FROM limits.windows WHERE tenant = $1', [
      tenant.id,
    ]);
    await readModels.destroy();
    expect(counted).toEqual([]);
  });
});

const noneHeld = { workloads: 0, cpuMillis: 0, memoryMiB: 0, utilityVms: 0 };
