import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamKinds } from '../../../libs/checker/src/legal-folds.js';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let auditor: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
  await api.post('/v1/hosts', operator, hostRegistration());
  for (const { token } of [tenant, other]) await api.post('/v1/workloads', token, submission());
});
afterAll(() => api.stop());

const audit = (query: string) => api.get(`/v1/audit/events?${query}`, auditor);
const PAGES_MAX = 100;

describe('the audit of events', () => {
  it('pages through the whole log without a gap', async () => {
    const positions: number[] = [];
    let after: number | null = 0;
    for (let page = 0; page < PAGES_MAX && after !== null; page += 1) {
      const answer = await audit(`limit=7&afterPosition=${after}`);
      positions.push(...answer.body.items.map(({ position }: { position: number }) => position));
      after = answer.body.nextAfterPosition;
    }
    expect(positions).toEqual(Array.from({ length: positions.length }, (_, index) => index + 1));
    expect(positions.length).toBe(await api.log.head());
    const whole = await audit('limit=1000');
    expect(whole.body.items.length).toBe(positions.length);
    expect(whole.body.nextAfterPosition).toBeNull();
  });

  it('shows who did what, with everything that the log holds', async () => {
    const { body } = await audit(`tenant=${tenant.id}&type=WorkloadSubmitted`);
    expect(body.items).toHaveLength(1);
    const [item] = body.items;
    expect(item).toMatchObject({
      version: 1,
      tenant: tenant.id,
      type: 'WorkloadSubmitted',
      schemaVersion: 3,
      metadata: {
        actor: { kind: 'tenant', id: tenant.credential.clientId },
        causationPosition: null,
      },
      payload: { tenantId: tenant.id },
    });
    expect(item.stream).toMatch(/^wl_/);
    expect(item.eventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(item.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const [recorded] = await api.log.readStream(tenant.id, item.stream);
    expect(item.payload).toEqual(recorded?.event.payload);
  });

  it('can be narrowed by stream, actor and time', async () => {
    const types = async (query: string) =>
      (await audit(query)).body.items.map(({ type }: { type: string }) => type);
    expect(await types(`stream=${tenant.id}`)).toEqual(['TenantRegistered']);
    expect(await types('actor=seed&type=PolicyPublished')).toEqual(['PolicyPublished']);
    const byTenant = await types(`actor=${tenant.credential.clientId}`);
    expect(byTenant).toEqual(['WorkloadSubmitted', 'IsolationDecided']);
    const { body } = await audit(`stream=${tenant.id}`);
    const at = Date.parse(body.items[0].recordedAt);
    const from = new Date(at).toISOString();
    const to = new Date(at + 1).toISOString();
    expect(await types(`stream=${tenant.id}&from=${from}&to=${to}`)).toEqual(['TenantRegistered']);
    expect(await types(`stream=${tenant.id}&to=${from}`)).toEqual([]);
    expect(await types(`stream=${tenant.id}&from=${to}`)).toEqual([]);
    expect(await types(`stream=${tenant.id}&from=${from}&to=${from}`)).toEqual([]);
  });

  it('refuses a span of time that ends before it begins, and names both ends', async () => {
    const answer = await audit('from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00%2B01:00');
    expect(answer.status).toBe(400);
    const detail =
      'from (2026-11-22T00:00:00Z) is later than to (2026-11-21T00:00:00+01:00): exchange them';
    const parameters = ['from', 'to'].map((parameter) => ({ parameter, detail }));
    expect(answer.body.errors).toEqual(parameters);
  });

  it.each([
    ['tenant', 'Night Market', 'not its name'],
    ['tenant', 'ten_1', 'ten_ and 32 hexadecimal digits'],
    [
      'stream',
      'workload',
      'policy, placer, advisories, consumer_NAME, projection_NAME or queue_NAME',
    ],
    ['actor', 'Night Market', 'the id of a credential'],
    ['actor', `ten_${'0'.repeat(32)}`, 'or the name of a component'],
  ])('refuses what cannot be an id: %s=%s', async (parameter, value, said) => {
    const { status, body } = await audit(`${parameter}=${encodeURIComponent(value)}`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ parameter, detail: expect.stringContaining(said) }]);
  });

  it('looks for the history of every kind of stream that an event belongs to', async () => {
    const kinds = [...new Set(Object.values(streamKinds))];
    expect(kinds).toContain('whk_');
    for (const kind of kinds) {
      const digits = /^(consumer|projection|queue)_$/.test(kind) ? 'name' : '0'.repeat(32);
      const { status } = await audit(`stream=${kind.endsWith('_') ? `${kind}${digits}` : kind}`);
      expect([kind, status]).toEqual([kind, 200]);
    }
  });

  it('finds nothing under an id that nobody has', async () => {
    const nobody = '0'.repeat(32);
    for (const query of [
      `tenant=ten_${nobody}`,
      `stream=wl_${nobody}`,
      'stream=consumer_workloads@9',
      `actor=cred_${nobody}`,
      'actor=nobody-we-know',
    ]) {
      expect([query, (await audit(query)).body.items]).toEqual([query, []]);
    }
  });
});

describe('the audit of a workload', () => {
  it('shows it as it was at a time, with real ids', async () => {
    const { body } = await api.post('/v1/workloads', tenant.token, submission());
    const { body: events } = await audit(`stream=${body.id}`);
    const submittedAt = events.items[0].recordedAt;
    await sleep(5);
    await api.post(`/v1/workloads/${body.id}/cancel`, tenant.token, {});
    const now = await api.get(`/v1/audit/workloads/${body.id}`, auditor);
    expect(now.body).toMatchObject({
      tenantId: tenant.id,
      version: 4,
      workload: { id: body.id, status: 'cancelled' },
    });
    const then = await api.get(`/v1/audit/workloads/${body.id}?at=${submittedAt}`, auditor);
    expect(then.body).toMatchObject({ version: 2, workload: { status: 'submitted' } });
    expect(then.body.recordedAt).toBe(submittedAt);
    const before = new Date(Date.parse(submittedAt) - 1).toISOString();
    const never = await api.get(`/v1/audit/workloads/${body.id}?at=${before}`, auditor);
    expect([never.status, never.body.code]).toEqual([404, 'WORKLOAD_NOT_FOUND']);
  });

  it('of an unknown id is 404, and a time that is none 400', async () => {
    const missing = `/v1/audit/workloads/wl_${'0'.repeat(32)}`;
    expect((await api.get(missing, auditor)).status).toBe(404);
    expect((await api.get('/v1/audit/workloads/x', auditor)).status).toBe(404);
    expect((await api.get(`${missing}?at=yesterday`, auditor)).status).toBe(400);
  });

  it('is not answered for the future, because the answer might not stay true', async () => {
    const { body } = await api.post('/v1/workloads', tenant.token, submission());
    const at = (aheadMs: number) =>
      api.get(
        `/v1/audit/workloads/${body.id}?at=${new Date(Date.now() + aheadMs).toISOString()}`,
        auditor,
      );
    expect((await at(1_000)).status).toBe(200);
    const tomorrow = await at(86_400_000);
    expect(tomorrow.status).toBe(400);
    expect(tomorrow.body.errors).toEqual([
      { parameter: 'at', detail: expect.stringContaining('is in the future') },
    ]);
  });
});
