import { policyVersion1, tellRules } from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const get = (path: string) => api.get(path, operator);
const publish = (changes: object = {}, key?: string) =>
  api.post('/v1/policies', operator, { ...policyVersion1, ...changes }, key);

describe('the policy of a new installation', () => {
  it('is version 1, and every rule is on', async () => {
    const { body } = await get('/v1/policies/current');
    expect(body).toEqual({ version: 1, publishedAt: body.publishedAt, ...policyVersion1 });
    expect((await get('/v1/rules')).body).toEqual({ items: tellRules(policyVersion1) });
    expect((await get('/v1/policies/1')).body).toEqual(body);
  });
});

describe('publishing a policy', () => {
  it('puts the next version in force, once for each key, and the rules tell what is off', async () => {
    const before = (await get('/v1/policies/current')).body.version;
    const reboots = { rebootEmptyAfterMs: 60_000 };
    const changes = { rulesOff: ['untrusted-publisher'], ...reboots, replaces: before };
    const first = await publish(changes, 'policy-key');
    expect([first.status, first.body.version]).toEqual([201, before + 1]);
    expect(first.body).toMatchObject(reboots);
    expect(first.headers.get('location')).toBe(`/v1/policies/${before + 1}`);
    const again = await publish(changes, 'policy-key');
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    expect((await get('/v1/policies/current')).body).toEqual(first.body);
    const { items } = (await get('/v1/rules')).body;
    expect(items.filter(({ on }: { on: boolean }) => !on)).toMatchObject([
      { id: 'untrusted-publisher', mayBeOff: true },
    ]);
    const late = await publish(changes);
    expect([late.status, late.body.code]).toEqual([409, 'POLICY_REPLACED']);
  });

  it('is refused with everything that is wrong, and the promises that it would break', async () => {
    const { body: inForce } = await get('/v1/policies/current');
    const refused = await publish({
      rulesOff: ['tenant-hostile', 'no-such-rule'],
      templateSharing: 'all-boundaries',
      utilityVmReserve: { cpuMillis: 0, memoryMiB: 0 },
    });
    expect([refused.status, refused.body.code]).toEqual([422, 'POLICY_BREAKS_PROMISE']);
    expect(refused.body.errors).toEqual([
      expect.objectContaining({ code: 'POLICY_BREAKS_PROMISE', pointer: '/rulesOff/0' }),
      expect.objectContaining({ code: 'POLICY_UNKNOWN_RULE', pointer: '/rulesOff/1' }),
      expect.objectContaining({ code: 'POLICY_BREAKS_PROMISE', pointer: '/templateSharing' }),
      expect.objectContaining({ code: 'POLICY_RESERVE', pointer: '/utilityVmReserve/memoryMiB' }),
    ]);
    expect((await get('/v1/policies/current')).body).toEqual(inForce);
  });

  it('is refused where it names tenants that were never registered, with each of them', async () => {
    const { id } = await api.tenant(operator);
    const [one, other] = [`ten_${'1'.repeat(32)}`, `ten_${'2'.repeat(32)}`];
    const own = { floor: 'hyperv', trustedPublishers: [], allowedCapabilities: [] };
    const refused = await publish({
      hostAccessApprovals: { [id]: ['device'], [one]: ['device'] },
      tenantPolicies: { [other]: own },
      waitingOrder: { priorityStepMs: 60_000, tenantWeights: { [one]: 2, [id]: 2 } },
    });
    expect([refused.status, refused.body.code]).toEqual([422, 'POLICY_UNKNOWN_TENANT']);
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      `/hostAccessApprovals/${one}`,
      `/tenantPolicies/${other}`,
      `/waitingOrder/tenantWeights/${one}`,
    ]);
    expect((await publish({ tenantPolicies: { [id]: own } })).status).toBe(201);
    expect((await publish()).status).toBe(201);
  });

  it('lists every version, newest first', async () => {
    await publish();
    const { body: page } = await get('/v1/policies?limit=1');
    expect(page.items).toEqual([(await get('/v1/policies/current')).body]);
    const { body: next } = await get(`/v1/policies?limit=1&cursor=${page.nextCursor}`);
    expect(next.items[0].version).toBe(page.items[0].version - 1);
    for (const version of ['0', '999', 'newest']) {
      const { status, body } = await get(`/v1/policies/${version}`);
      expect([status, body.code]).toEqual([404, 'POLICY_NOT_FOUND']);
    }
  });

  it('is for operators only, and auditors read what decisions cite', async () => {
    const tenant = await api.tenant(operator);
    const auditor = await api.platformToken('auditor');
    for (const token of [tenant.token, auditor]) {
      expect((await api.post('/v1/policies', token, policyVersion1)).status).toBe(403);
    }
    for (const path of ['policies', 'policies/current', 'policies/1', 'rules', 'advisories']) {
      const answer = await api.get(`/v1/${path}`, auditor);
      expect([answer.status, answer.body]).toEqual([200, (await get(`/v1/${path}`)).body]);
      expect((await api.get(`/v1/${path}`, tenant.token)).status).toBe(403);
    }
  });
});

describe('what policy says of a submission', () => {
  it('refuses what it wants of the host, raises an elevated user, and shows what is off', async () => {
    await api.post('/v1/hosts', operator, hostRegistration());
    const tenant = await api.tenant(operator, { trust: 'standard' });
    const submit = (changes: object) =>
      api.post('/v1/workloads', tenant.token, submission(changes));
    const refused = await submit({ hostAccess: ['device'] });
    expect([refused.status, refused.body.code]).toEqual([422, 'ISOLATION_REFUSED']);
    expect(refused.body.reasons).toMatchObject([{ rule: 'host-access' }]);
    const elevated = await submit({ user: 'root', capabilities: ['NET_BIND_SERVICE'] });
    expect(elevated.body).toMatchObject({
      requested: { user: 'root', capabilities: ['NET_BIND_SERVICE'], hostAccess: [] },
      decision: { isolation: 'hyperv', reasons: [{ rule: 'elevated' }], silenced: [] },
    });
    const approved = { hostAccessApprovals: { [tenant.id]: ['device'] }, rulesOff: ['elevated'] };
    const { body: policy } = await publish(approved);
    const accepted = await submit({ user: 'root', hostAccess: ['device'] });
    expect(accepted.body.decision).toMatchObject({
      isolation: 'process',
      policyVersion: policy.version,
      reasons: [],
      silenced: [{ rule: 'elevated', effect: 'hyperv' }],
    });
  });

  it('takes no more than it can look at, and nothing twice', async () => {
    const tenant = await api.tenant(operator);
    const wrong = { capabilities: ['BPF', 'BPF'], hostAccess: ['root'], user: '' };
    const { status, body } = await api.post('/v1/workloads', tenant.token, submission(wrong));
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect([status, pointers.sort()]).toEqual([400, ['/capabilities', '/hostAccess/0', '/user']]);
  });
});
