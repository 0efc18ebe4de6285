import {
  event,
  type HostBooted,
  type HostDrained,
  type HostEvent,
  type HostId,
  seededCatalogue,
} from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const post = (path: string, body?: object) => api.post(path, operator, body);
const get = (path: string) => api.get(path, operator);

describe('tenants', () => {
  it('are hostile and alone unless the operator says otherwise', async () => {
    const { status, body, headers } = await post('/v1/tenants', { name: 'Night Market' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ trust: 'hostile', boundary: `own:${body.id}` });
    expect(headers.get('location')).toBe(`/v1/tenants/${body.id}`);
    expect((await get(`/v1/tenants/${body.id}`)).body).toEqual(body);
  });

  it('leave their named boundary when they are no longer trusted', async () => {
    const registration = { name: 'Harbour Works', trust: 'trusted', boundary: 'platform' };
    const { body } = await post('/v1/tenants', registration);
    expect(body.boundary).toBe('group:platform');
    const path = `/v1/tenants/${body.id}`;
    const changed = await post(`${path}/trust`, { trust: 'standard', reason: 'contract ended' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ trust: 'standard', boundary: `own:${body.id}` });
    const same = await post(`${path}/trust`, { trust: 'standard', reason: 'again' });
    expect(same.body).toEqual(changed.body);
    const refused = await post(`${path}/boundary`, { boundary: 'platform', reason: 'back' });
    expect([refused.status, refused.body.code]).toEqual([422, 'BOUNDARY_NEEDS_TRUST']);
    await post(`${path}/trust`, { trust: 'trusted', reason: 'vetted' });
    const back = await post(`${path}/boundary`, { boundary: 'platform', reason: 'back' });
    expect(back.body.boundary).toBe('group:platform');
    const alone = await post(`${path}/boundary`, { boundary: null, reason: 'apart' });
    expect(alone.body.boundary).toBe(`own:${body.id}`);
  });

  it('submit nothing while they are suspended, and go on when they are reinstated', async () => {
    const tenant = await api.tenant(operator);
    const path = `/v1/tenants/${tenant.id}`;
    const submit = () => api.post('/v1/workloads', tenant.token, submission());
    const batch = { name: 'b', taskDefaults: submission(), count: 2 };
    const before = await submit();
    expect(before.status).toBe(202);
    const suspended = await post(`${path}/suspend`, { reason: 'unpaid' });
    expect([suspended.status, suspended.body.suspended]).toEqual([200, true]);
    const again = await post(`${path}/suspend`, { reason: 'unpaid' });
    expect(again.body).toEqual(suspended.body);
    for (const refused of [await submit(), await api.post('/v1/batches', tenant.token, batch)]) {
      expect([refused.status, refused.body.code]).toEqual([403, 'TENANT_SUSPENDED']);
    }
    const own = (await api.get('/v1/tenant', tenant.token)).body;
    // Why is between operators and auditors: a reason may name somebody else.
    expect([own.suspended, own.suspension]).toEqual([true, undefined]);
    const shown = (await api.get(path, operator)).body.suspension;
    const since = expect.stringMatching(/^\d{4}-/);
    expect(shown).toEqual({ since, reason: 'unpaid', evict: false });
    const seen = await api.get(`/v1/workloads/${before.body.id}`, tenant.token);
    expect(seen.status).toBe(200);
    const reinstated = await post(`${path}/reinstate`, { reason: 'paid' });
    expect([reinstated.status, reinstated.body.suspended]).toEqual([200, false]);
    expect(reinstated.body.suspension).toBeNull();
    expect((await submit()).status).toBe(202);
    expect((await api.post('/v1/batches', tenant.token, batch)).status).toBe(202);
  });

  it('have a quota, and are refused what could never fit, with limit and use', async () => {
    const tenant = await api.tenant(operator, { trust: 'standard' });
    const path = `/v1/tenants/${tenant.id}`;
    const limits = { workloads: 5, cpuMillis: 900, memoryMiB: 4_096, utilityVms: 2, batchTasks: 3 };
    const noOthers = { submissionsPerMinute: null, pendingWorkloads: null };
    const submit = (cpuMillis: number) =>
      api.post(
        '/v1/workloads',
        tenant.token,
        submission({ resources: { cpuMillis, memoryMiB: 64 } }),
      );
    const batch = (count: number) =>
      api.post('/v1/batches', tenant.token, { name: 'b', taskDefaults: submission(), count });
    const set = (quota: object) =>
      api.call('PUT', `${path}/quota`, {
        token: operator,
        body: JSON.stringify({ ...quota, reason: 'contract' }),
      });
    expect((await submit(1_000)).status).toBe(202);
    const changed = await set(limits);
    expect([changed.status, changed.body.quota]).toEqual([200, { ...limits, ...noOthers }]);
    const own = (await api.get('/v1/tenant', tenant.token)).body;
    expect(own.quota).toEqual({ ...limits, ...noOthers });
    const refused = await submit(1_000);
    expect([refused.status, refused.body]).toEqual([
      422,
      expect.objectContaining({
        code: 'QUOTA_EXCEEDED',
        quota: 'cpuMillis',
        limit: 900,
        use: 0,
        asked: 1_000,
      }),
    ]);
    const large = await batch(4);
    expect([large.status, large.body.code, large.body.limit, large.body.asked]).toEqual([
      422,
      'QUOTA_EXCEEDED',
      3,
      4,
    ]);
    expect((await batch(3)).status).toBe(202);
    await set({ ...limits, cpuMillis: 2_000 });
    expect((await submit(1_000)).status).toBe(202);
    expect((await set({ workloads: -1 })).status).toBe(400);
  });

  it('that do not exist are 404 on every route', async () => {
    const missing = `/v1/tenants/ten_${'0'.repeat(32)}`;
    const reason = 'none';
    const answers = [
      await get(missing),
      await post(`${missing}/trust`, { trust: 'trusted', reason }),
      await post(`${missing}/boundary`, { boundary: null, reason }),
      await post(`${missing}/suspend`, { reason }),
      await post(`${missing}/reinstate`, { reason }),
      await post(`${missing}/credentials`, {}),
      await get(`${missing}/credentials`),
      await api.call('DELETE', `${missing}/credentials/x`, { token: operator }),
      await get('/v1/tenants/nonsense'),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'TENANT_NOT_FOUND']);
    }
  });
});

describe('credentials', () => {
  it('are revoked only under the tenant that they belong to', async () => {
    const one = await api.tenant(operator);
    const two = await api.tenant(operator);
    const wrong = `/v1/tenants/${two.id}/credentials/${one.credential.clientId}`;
    const answer = await api.call('DELETE', wrong, { token: operator });
    expect([answer.status, answer.body.code]).toEqual([404, 'CREDENTIAL_NOT_FOUND']);
    expect((await api.get('/v1/tenant', one.token)).status).toBe(200);
  });

  it('leave no trace of their secret in the log or in lists', async () => {
    const { id, credential } = await api.tenant(operator);
    const events = await api.log.readAll({ afterPosition: 0, limit: 5_000 });
    expect(JSON.stringify(events)).not.toContain(credential.clientSecret);
    await api.project();
    const list = await get(`/v1/tenants/${id}/credentials`);
    expect(list.body.items).toMatchObject([{ id: credential.clientId, status: 'issued' }]);
    expect(list.text).not.toMatch(/secret/i);
    const path = `/v1/tenants/${id}/credentials/${credential.clientId}`;
    await api.call('DELETE', path, { token: operator });
    await api.project();
    const after = await get(`/v1/tenants/${id}/credentials`);
    expect(after.body.items).toMatchObject([{ status: 'revoked' }]);
  });
});

/** What a worker would say of a host. */
async function tell(host: HostId, said: HostEvent): Promise<void> {
  const expectedVersion = (await api.log.readStream(null, host)).length;
  const actor = { kind: 'system', id: 'test' } as const;
  await api.log.append({
    streams: [{ owner: null, stream: host, expectedVersion, events: [said] }],
    metadata: { actor, correlationId: 'test', causationPosition: null },
  });
}

describe('hosts', () => {
  it('keep the faults that they were registered with, which are named and bounded', async () => {
    const registered = (faults: object) =>
      post('/v1/hosts', hostRegistration({ simulation: { timeScale: 10, seed: 7, faults } }));
    const faults = {
      rates: { zombie: 0.5 },
      plan: [
        { fault: 'host-bug-check', atMs: 60_000 },
        { fault: 'utility-vm-crash', onStart: 3 },
      ],
      hypervisorAdvisoryOpen: true,
    };
    const { status, body } = await registered(faults);
    expect([status, body.simulation]).toEqual([201, { timeScale: 10, seed: 7, faults }]);
    expect((await get(`/v1/hosts/${body.id}`)).body.simulation.faults).toEqual(faults);
    expect((await registered({ rates: 'proposed', seed: 3 })).status).toBe(201);
    for (const wrong of [
      { rates: { gremlins: 1 } },
      { rates: { zombie: -1 } },
      { plan: [{ fault: 'zombie' }] },
      { plan: [{ fault: 'zombie', onStart: 0 }] },
      { often: true },
    ]) {
      expect((await registered(wrong)).status).toBe(400);
    }
  });

  it('are registered, cordoned, uncordoned and fenced, as often as one likes', async () => {
    const { status, body } = await post(
      '/v1/hosts',
      hostRegistration({
        simulation: { timeScale: 10, seed: 7 },
      }),
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      driver: 'simulated-host',
      osVersion: '10.0.26100.1742',
      status: 'registered',
      cordoned: false,
      simulation: { timeScale: 10, seed: 7 },
    });
    const path = `/v1/hosts/${body.id}`;
    const reason = 'firmware update';
    for (let time = 0; time < 2; time += 1) {
      expect((await post(`${path}/cordon`, { reason })).body.cordoned).toBe(true);
    }
    for (let time = 0; time < 2; time += 1) {
      expect((await post(`${path}/uncordon`, { reason })).body.cordoned).toBe(false);
    }
    expect((await post(`${path}/fence`, { reason, bootId: 'b-1' })).body).toMatchObject({
      status: 409,
      code: 'HOST_BOOTED_AGAIN',
    });
    for (let time = 0; time < 2; time += 1) {
      expect((await post(`${path}/fence`, { reason })).body.status).toBe('fenced');
    }
    expect((await get(path)).body).toMatchObject({ status: 'fenced', cordoned: false });
    const events = await api.log.readStream(null, body.id);
    expect(events.map(({ event }) => event.type)).toEqual([
      'HostRegistered',
      'HostCordoned',
      'HostUncordoned',
      'HostFenced',
    ]);
  });

  it('are drained, with a grace where what runs is evicted, until they are uncordoned', async () => {
    const { body } = await post('/v1/hosts', hostRegistration());
    const path = `/v1/hosts/${body.id}`;
    const first = await post(`${path}/drain`, { reason: 'firmware' });
    expect(first.body.drain).toMatchObject({
      evictAt: null,
      drainedAt: null,
      reason: 'firmware',
    });
    const evicting = { reason: 'at last', evict: true, graceSeconds: 60 };
    const { drain } = (await post(`${path}/drain`, evicting)).body;
    expect(drain.startedAt).toBe(first.body.drain.startedAt);
    const graceMs = Date.parse(drain.evictAt) - Date.parse(drain.startedAt);
    expect(graceMs).toBeGreaterThanOrEqual(60_000);
    expect((await post(`${path}/drain`, { reason: 'again' })).body.drain).toEqual(drain);
    expect((await post(`${path}/uncordon`, { reason: 'done' })).body.drain).toBeNull();
    const wrong = await post(`${path}/drain`, { reason: 'x', graceSeconds: 60 });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/graceSeconds']);
  });

  it('are in quarantine until an operator releases them, and cannot go before', async () => {
    const path = `/v1/hosts/${(await post('/v1/hosts', hostRegistration())).body.id}`;
    const first = await post(`${path}/quarantine`, { reason: 'odd system calls' });
    expect(first.body.quarantine).toMatchObject({ stop: false, reason: 'odd system calls' });
    const { quarantine } = (await post(`${path}/quarantine`, { reason: 'worse', stop: true })).body;
    expect(quarantine).toEqual({ ...first.body.quarantine, stop: true, reason: 'worse' });
    const early = await post(`${path}/retire`, { reason: 'sold' });
    expect([early.status, early.body.code]).toEqual([409, 'HOST_QUARANTINED']);
    for (let time = 0; time < 2; time += 1) {
      expect((await post(`${path}/release`, { reason: 'copied' })).body.quarantine).toBeNull();
    }
  });

  it('leave the fleet when they are empty, and only then', async () => {
    const { body } = await post('/v1/hosts', hostRegistration());
    const path = `/v1/hosts/${body.id}`;
    const boot = { bootId: 'a', kernelInstanceId: `ki_${'a'.repeat(32)}` as const };
    const osVersion = { major: 10, minor: 0, build: 26_100, revision: 1_742 };
    await tell(body.id, event<HostBooted>('HostBooted', 1, { ...boot, osVersion }));
    const early = await post(`${path}/retire`, { reason: 'sold' });
    expect([early.status, early.body.code]).toEqual([409, 'HOST_NOT_DRAINED']);
    const { drain } = (await post(`${path}/drain`, { reason: 'sold' })).body;
    const drainStartedAtMs = Date.parse(drain.startedAt);
    await tell(body.id, event<HostDrained>('HostDrained', 2, { drainStartedAtMs }));
    for (let time = 0; time < 2; time += 1) {
      expect((await post(`${path}/retire`, { reason: 'sold' })).body.status).toBe('retired');
    }
    const late = await post(`${path}/cordon`, { reason: 'x' });
    expect([late.status, late.body.code]).toEqual([409, 'HOST_RETIRED']);
    await api.project();
    const { items } = (await get('/v1/hosts?status=retired')).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([body.id]);
  });

  it('that do not exist are 404 on every route', async () => {
    const missing = `/v1/hosts/host_${'0'.repeat(32)}`;
    const answers = [await get(missing), await get('/v1/hosts/x')];
    for (const act of ['cordon', 'uncordon', 'drain', 'quarantine', 'release', 'fence', 'retire']) {
      answers.push(await post(`${missing}/${act}`, { reason: 'none' }));
    }
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'HOST_NOT_FOUND']);
    }
  });
});

describe('the catalogue', () => {
  it('holds the seeded images', async () => {
    const { body: images } = await get('/v1/images?limit=200');
    const references = images.items.map(({ reference }: { reference: string }) => reference);
    expect(references.sort()).toEqual(seededCatalogue.map(({ reference }) => reference).sort());
  });
});
