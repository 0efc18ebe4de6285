import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const post = (path: string, body?: object, key?: string) => api.post(path, operator, body, key);
const get = (path: string) => api.get(path, operator);
const host = async () => (await post('/v1/hosts', hostRegistration())).body.id as string;

describe('an incident', () => {
  it('puts its host in quarantine in the same append, and is contained apart from it', async () => {
    const hostId = await host();
    const { token, id: tenantId } = await api.tenant(operator);
    const workloadId = (await api.post('/v1/workloads', token, submission())).body.id;
    const suspected = { workloadId, tenantId };
    const seen = { kind: 'escape-attempt', hostId, ...suspected, note: 'a handle', stop: true };
    const { status, body, headers } = await post('/v1/incidents', seen, 'once');
    expect(status).toBe(201);
    const { stop: _stop, ...told } = seen;
    expect(body).toMatchObject({ ...told, status: 'open', quarantine: 'began', containment: null });
    const path = `/v1/incidents/${body.id}`;
    expect(headers.get('location')).toBe(path);
    expect((await post('/v1/incidents', seen, 'once')).body).toEqual(body);
    const { quarantine } = (await get(`/v1/hosts/${hostId}`)).body;
    expect(quarantine).toMatchObject({ stop: true, reason: `incident ${body.id}` });
    const auditor = await api.platformToken('auditor');
    const ofHost = await api.get(`/v1/audit/events?stream=${hostId}`, auditor);
    const ofIncident = await api.get(`/v1/audit/events?stream=${body.id}`, auditor);
    const [reported] = ofIncident.body.items;
    const quarantined = ofHost.body.items.at(-1);
    expect(quarantined).toMatchObject({
      type: 'HostQuarantined',
      payload: { reason: `incident ${body.id}` },
    });
    expect(quarantined.position).toBe(reported.position + 1);
    const contained = await post(`${path}/contain`, { note: 'revoked' });
    expect(contained.body).toMatchObject({ status: 'contained', containment: { note: 'revoked' } });
    expect((await post(`${path}/contain`, { note: 'once more' })).body).toEqual(contained.body);
    expect((await get(path)).body).toEqual(contained.body);
    expect((await get(`/v1/hosts/${hostId}`)).body.quarantine).not.toBeNull();
  });

  it('may be one of several on a host, which are listed newest first', async () => {
    const hostId = await host();
    const report = async (note: string) =>
      (await post('/v1/incidents', { kind: 'other', hostId, note })).body.id;
    const [first, second] = [await report('one'), await report('two')];
    expect((await get(`/v1/incidents/${first}`)).body.quarantine).toBe('began');
    expect((await get(`/v1/incidents/${second}`)).body.quarantine).toBe('stood');
    const { items } = (await get('/v1/incidents?limit=2')).body;
    expect(items.map(({ id }: { id: string }) => id)).toEqual([second, first]);
    const stopping = { kind: 'other', hostId, note: 'three', stop: true };
    expect((await post('/v1/incidents', stopping)).body.quarantine).toBe('tightened');
  });

  it('on a host that has left the fleet is recorded, and the host stays as it is', async () => {
    const hostId = await host();
    await post(`/v1/hosts/${hostId}/retire`, { reason: 'old' });
    const seen = { kind: 'suspicious-crash', hostId, note: 'found in its dumps' };
    const { status, body } = await post('/v1/incidents', seen);
    expect([status, body.quarantine]).toEqual([201, 'host-retired']);
    const left = (await get(`/v1/hosts/${hostId}`)).body;
    expect([left.status, left.quarantine]).toEqual(['retired', null]);
  });

  it('is refused with what is wrong with it, and on a host that nobody knows', async () => {
    const wrong = { kind: 'theft', hostId: 'here', workloadId: 'wl_1', note: '' };
    const { status, body } = await post('/v1/incidents', wrong);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.sort()).toEqual(['/hostId', '/kind', '/note', '/workloadId']);
    const unknown = { kind: 'other', hostId: `host_${'0'.repeat(32)}`, note: 'seen' };
    const answer = await post('/v1/incidents', unknown);
    expect([answer.status, answer.body.code]).toEqual([404, 'HOST_NOT_FOUND']);
  });

  it('names no workload that does not exist, or that is of another tenant', async () => {
    const hostId = await host();
    const [one, other] = [await api.tenant(operator), await api.tenant(operator)];
    const { id: workloadId } = (await api.post('/v1/workloads', one.token, submission())).body;
    const report = (suspected: object) =>
      post('/v1/incidents', { kind: 'other', hostId, note: 'seen', ...suspected });
    for (const suspected of [
      { workloadId, tenantId: other.id },
      { workloadId: `wl_${'1'.repeat(32)}`, tenantId: one.id },
      { workloadId, tenantId: `ten_${'1'.repeat(32)}` },
    ]) {
      const { status, body } = await report(suspected);
      expect([status, body.code]).toEqual([422, 'INCIDENT_UNKNOWN_WORKLOAD']);
      expect(body.errors).toMatchObject([{ pointer: '/workloadId' }]);
    }
    expect((await report({ workloadId })).body.errors).toMatchObject([{ pointer: '/tenantId' }]);
    const alone = await report({ tenantId: one.id });
    expect(alone.body.errors).toMatchObject([{ pointer: '/workloadId' }]);
    expect((await get(`/v1/hosts/${hostId}`)).body.quarantine).toBeNull();
    expect((await report({ workloadId, tenantId: one.id })).status).toBe(201);
  });

  it('that does not exist is 404 on every route, and none is shown to a tenant', async () => {
    const missing = `/v1/incidents/inc_${'0'.repeat(32)}`;
    const answers = [
      await get(missing),
      await post(`${missing}/contain`, { note: 'none' }),
      await get('/v1/incidents/nonsense'),
      await post('/v1/incidents/nonsense/contain', { note: 'none' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'INCIDENT_NOT_FOUND']);
    }
    const { token } = await api.tenant(operator, { trust: 'trusted' });
    expect((await api.get('/v1/incidents', token)).status).toBe(403);
    const seen = { kind: 'other', hostId: await host(), note: 'seen' };
    expect((await api.post('/v1/incidents', token, seen)).status).toBe(403);
  });
});
