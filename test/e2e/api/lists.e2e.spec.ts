import { event, type HostDrained, type HostId, hostDecider } from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  tenant = await api.tenant(operator, { trust: 'trusted' });
});
afterAll(() => api.stop());

const PAGES_MAX = 50;

/** Follows a list to its end; `between` runs after each page. */
async function pages(path: string, token: string, between = async () => {}) {
  const ids: (string | number)[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const join: string = path.includes('?') ? '&' : '?';
    const answer = await api.get(cursor ? `${path}${join}cursor=${cursor}` : path, token);
    expect(answer.status).toBe(200);
    ids.push(...answer.body.items.map(({ id }: { id: string }) => id));
    cursor = answer.body.nextCursor;
    if (cursor === null) return ids;
    await between();
  }
  throw new Error('the list does not end');
}

/** The placer says that nothing is left on a host that is drained. */
async function emptied(id: string | undefined): Promise<void> {
  const hostId = id as HostId;
  const { version } = await api.log.readState(null, hostId, hostDecider);
  const events = [event<HostDrained>('HostDrained', Date.now(), { drainStartedAtMs: 1 })];
  await api.log.append({
    streams: [{ owner: null, stream: hostId, expectedVersion: version, events }],
    metadata: {
      actor: { kind: 'system', id: 'test' },
      correlationId: 'test',
      causationPosition: null,
    },
  });
  await api.project();
}

const submit = (change: object = {}) =>
  api.post('/v1/workloads', tenant.token, submission(change)).then(({ body }) => body.id as string);

describe('lists', () => {
  it('show everything once, newest first, however many are created meanwhile', async () => {
    const before: string[] = [];
    for (let index = 0; index < 25; index += 1) before.push(await submit());
    await api.project();
    const listed = await pages('/v1/workloads?limit=7', tenant.token, async () => {
      await submit();
      await api.project();
    });
    expect(listed).toEqual(before.reverse());
  });

  it('can be narrowed, and a cursor keeps to its filter', async () => {
    const own = await submit({ isolation: 'hyperv' });
    const cancelled = await submit();
    await api.post(`/v1/workloads/${cancelled}/cancel`, tenant.token, {});
    await api.project();
    expect(await pages('/v1/workloads?isolation=hyperv', tenant.token)).toEqual([own]);
    expect(await pages('/v1/workloads?status=cancelled', tenant.token)).toEqual([cancelled]);
    expect(await pages('/v1/workloads?submittedAfter=2100-01-01T00:00:00Z', tenant.token)).toEqual(
      [],
    );
    const all = await pages('/v1/workloads?limit=200', tenant.token);
    const sinceLongAgo = '/v1/workloads?limit=5&submittedAfter=2020-01-01T00:00:00%2B01:00';
    expect(await pages(sinceLongAgo, tenant.token)).toEqual(all);
    const first = await api.get('/v1/workloads?limit=1&isolation=process', tenant.token);
    const elsewhere = `/v1/workloads?isolation=hyperv&cursor=${first.body.nextCursor}`;
    expect((await api.get(elsewhere, tenant.token)).body.code).toBe('BAD_CURSOR');
  });

  it('give cursors that say nothing, and that only their tenant can use', async () => {
    const other = await api.tenant(operator);
    const first = await api.get('/v1/workloads?limit=1', tenant.token);
    const { nextCursor, items } = first.body;
    const decoded = Buffer.from(nextCursor, 'base64url').toString('latin1');
    expect(decoded).not.toContain(items[0].id.slice(3));
    const stolen = await api.get(`/v1/workloads?cursor=${nextCursor}`, other.token);
    expect([stolen.status, stolen.body.code]).toEqual([400, 'BAD_CURSOR']);
    const again = await api.get('/v1/workloads?limit=1', tenant.token);
    expect(again.body.nextCursor).not.toBe(nextCursor);
  });

  it('of events come in order and end with the newest', async () => {
    const id = await submit();
    await api.post(`/v1/workloads/${id}/cancel`, tenant.token, { reason: 'enough' });
    const path = `/v1/workloads/${id}/events?limit=1`;
    expect(await pages(path, tenant.token)).toEqual([1, 2, 3, 4]);
    const { body } = await api.get(`/v1/workloads/${id}/events`, tenant.token);
    expect(body.items.map(({ type }: { type: string }) => type)).toEqual([
      'WorkloadSubmitted',
      'IsolationDecided',
      'WorkloadCancelRequested',
      'WorkloadCancelled',
    ]);
    expect(Object.keys(body.items[0]).sort()).toEqual([
      'id',
      'occurredAt',
      'payload',
      'recordedAt',
      'schemaVersion',
      'type',
    ]);
  });

  it('of tenants, hosts, credentials and images work in the same way', async () => {
    const hosts: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const { body } = await api.post('/v1/hosts', operator, hostRegistration({ name }));
      hosts.unshift(body.id);
    }
    const credentials = `/v1/tenants/${tenant.id}/credentials`;
    const { body: second } = await api.post(credentials, operator, {});
    await api.project();
    expect(await pages('/v1/hosts?limit=1', operator)).toEqual(hosts);
    expect(await pages('/v1/hosts?status=lost', operator)).toEqual([]);
    const [c, b, a] = hosts;
    const act = (id: string | undefined, what: string) =>
      api.post(`/v1/hosts/${id}/${what}`, operator, { reason: 'test' });
    await act(a, 'cordon');
    await act(b, 'drain');
    await act(c, 'quarantine');
    await api.project();
    expect(await pages('/v1/hosts?cordoned=true', operator)).toEqual([a]);
    expect(await pages('/v1/hosts?cordoned=false', operator)).toEqual([c, b]);
    expect(await pages('/v1/hosts?drain=draining', operator)).toEqual([b]);
    expect(await pages('/v1/hosts?drain=none&quarantined=false', operator)).toEqual([a]);
    expect(await pages('/v1/hosts?drain=drained', operator)).toEqual([]);
    expect(await pages('/v1/hosts?quarantined=true', operator)).toEqual([c]);
    await emptied(b);
    expect(await pages('/v1/hosts?drain=drained', operator)).toEqual([b]);
    expect(await pages('/v1/hosts?drain=draining', operator)).toEqual([]);
    const wrong = await api.get('/v1/hosts?cordoned=yes&drain=half', operator);
    expect(wrong.body.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
      'cordoned',
      'drain',
    ]);
    const tenants = await pages('/v1/tenants?limit=1', operator);
    expect(tenants).toContain(tenant.id);
    expect(await pages('/v1/tenants?trust=trusted', operator)).toEqual([tenant.id]);
    expect(await pages(`${credentials}?limit=1`, operator)).toEqual([
      second.clientId,
      tenant.credential.clientId,
    ]);
    const images = await pages('/v1/images?limit=2', operator);
    expect(images.length).toBe(new Set(images).size);
    expect(images.length).toBeGreaterThanOrEqual(11);
  });
});
