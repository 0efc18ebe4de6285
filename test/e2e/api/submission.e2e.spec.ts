import {
  event,
  type HostId,
  type HostLost,
  type KernelInstanceId,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadPlaced,
} from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, NANOSERVER, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
type Tenant = Awaited<ReturnType<ApiUnderTest['tenant']>>;
let hostile: Tenant;
let trusted: Tenant;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  hostile = await api.tenant(operator);
  trusted = await api.tenant(operator, { trust: 'trusted', boundary: 'platform' });
});
afterAll(() => api.stop());

const rules = (body: { reasons: { rule: string }[] }) => body.reasons.map(({ rule }) => rule);
const submit = (tenant: Tenant, change: object = {}) =>
  api.post('/v1/workloads', tenant.token, submission(change));

/** Puts the workload on a host, as the placer would. */
async function place(tenant: Tenant, id: WorkloadId, hostId: HostId): Promise<void> {
  const history = await api.log.readStream(tenant.id, id);
  const kernelInstanceId: KernelInstanceId = `ki_${'1'.repeat(32)}`;
  const placed = event<WorkloadPlaced>('WorkloadPlaced', Date.now(), {
    attempt: 1,
    hostId,
    kernelInstanceId,
    computeSystemId: `cs_${id.slice(3)}`,
    isolation: 'hyperv',
    trustBoundary: `own:${tenant.id}`,
    reserved: { cpuMillis: 500, memoryMiB: 256 },
    placerTerm: 1,
  });
  await append(tenant, id, history.length, placed);
}

async function append(tenant: Tenant, id: WorkloadId, version: number, one: WorkloadEvent) {
  const stream = { owner: tenant.id, stream: id, expectedVersion: version, events: [one] };
  const actor = { kind: 'system', id: 'placer' } as const;
  const metadata = { actor, correlationId: 'test', causationPosition: null };
  await api.log.append({ streams: [stream], metadata });
}

describe('submitting a workload', () => {
  it('gives a hostile tenant a wall of its own and says why', async () => {
    const answer = await submit(hostile);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/workloads/${answer.body.id}`);
    expect(answer.body).toMatchObject({ status: 'submitted', image: NANOSERVER, priority: 50 });
    expect(answer.body.decision).toMatchObject({
      isolation: 'hyperv',
      boundary: `own:${hostile.id}`,
      policyVersion: 1,
      alternatives: [{ isolation: 'process', turnedDownBy: ['tenant-hostile'] }],
    });
    expect(rules(answer.body.decision)).toEqual(['tenant-hostile']);
    const read = await api.get(`/v1/workloads/${answer.body.id}`, hostile.token);
    expect(read.status).toBe(200);
    expect(read.body).toEqual({ ...answer.body, cancelled: null, content: null });
  });

  it('lets a trusted tenant share the kernels of its boundary', async () => {
    const { body } = await submit(trusted);
    expect(body.decision).toMatchObject({ isolation: 'process', boundary: 'group:platform' });
    const unknown = await submit(trusted, { image: 'example.test/app:1' });
    expect(rules(unknown.body.decision)).toEqual(['untrusted-publisher']);
    const linux = await submit(trusted, { image: 'docker.io/library/debian:12-slim' });
    expect(rules(linux.body.decision)).toEqual(['untrusted-publisher', 'foreign-os']);
  });

  it('decides by the trust that the tenant has at that moment', async () => {
    const tenant = await api.tenant(operator, { trust: 'trusted' });
    expect((await submit(tenant)).body.decision.isolation).toBe('process');
    const change = { trust: 'hostile', reason: 'leaked credentials' };
    const changed = await api.post(`/v1/tenants/${tenant.id}/trust`, operator, change);
    expect(changed.body).toMatchObject({ trust: 'hostile' });
    const after = await submit(tenant);
    expect(after.body.decision.isolation).toBe('hyperv');
    expect(rules(after.body.decision)).toEqual(['tenant-hostile']);
  });

  it('refuses and records a strict request that would have to be raised', async () => {
    const answer = await submit(hostile, { isolation: 'process', strict: true });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'ISOLATION_REFUSED', instance: '/v1/workloads' });
    expect(rules(answer.body)).toEqual(['tenant-hostile']);
    const read = await api.get(`/v1/workloads/${answer.body.workloadId}`, hostile.token);
    expect(read.body).toMatchObject({
      status: 'rejected',
      refusal: { code: 'ISOLATION_REFUSED' },
      decision: null,
    });
  });

  it('waits for the first host of an empty fleet, and refuses what no host could ever run', async () => {
    const huge = { resources: { cpuMillis: 1_000_000, memoryMiB: 16_777_216 } };
    expect((await submit(hostile, huge)).status).toBe(202);
    await api.post('/v1/hosts', operator, hostRegistration());
    const tooLarge = await submit(hostile, huge);
    expect(tooLarge.status).toBe(422);
    expect(tooLarge.body.code).toBe('UNPLACEABLE');
    expect(rules(tooLarge.body)).toContain('image-unrunnable');
    expect((await submit(hostile)).status).toBe(202);
    // A larger host makes the same workload possible at once, also for a fleet that was read before.
    await api.post(
      '/v1/hosts',
      operator,
      hostRegistration({
        cpuMillis: 2_000_000,
        memoryMiB: 33_554_432,
      }),
    );
    expect((await submit(hostile, huge)).status).toBe(202);
  });

  it('refuses labels that no host has, and shows what was asked for once a host has them', async () => {
    const asking = { hostSelector: { rack: '7' } };
    const refused = await submit(hostile, asking);
    expect([refused.status, refused.body.code]).toEqual([422, 'UNPLACEABLE']);
    expect(refused.body.reasons[0].because).toContain('no host with rack=7');
    const registration = hostRegistration({ labels: { rack: '7', zone: 'b' } });
    const registered = await api.post('/v1/hosts', operator, registration);
    expect(registered.body.labels).toEqual({ rack: '7', zone: 'b' });
    const accepted = await submit(hostile, asking);
    expect(accepted.status).toBe(202);
    expect(accepted.body.requested).toMatchObject({ ...asking, spread: 'preferred' });
  });

  it('keeps what the tenant wrote out of the log, and only its salted hash in it', async () => {
    const secret = 'swordfish-in-the-environment';
    const { body } = await submit(hostile, {
      command: ['app.exe'],
      env: { PASSWORD: secret },
      labels: { team: 'billing' },
      user: 'ContainerUser',
    });
    const events = await api.log.readStream(hostile.id, body.id);
    expect(JSON.stringify(events)).not.toContain(secret);
    const submitted = events[0]?.event.payload as { request: { contentSha256: string } };
    expect(submitted.request.contentSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await api.log.readContent(hostile.id, body.id)).toEqual({
      command: ['app.exe'],
      env: { PASSWORD: secret },
      labels: { team: 'billing' },
    });
    expect(events[0]?.metadata).toMatchObject({
      actor: { kind: 'tenant', id: hostile.credential.clientId },
    });
  });

  it('takes over a sane correlation id into the log and the answer', async () => {
    const headers = { 'x-correlation-id': 'order-7' };
    const call = { token: hostile.token, body: submission() };
    const answer = await api.call('POST', '/v1/workloads', { ...call, headers });
    expect(answer.headers.get('x-correlation-id')).toBe('order-7');
    const [first] = await api.log.readStream(hostile.id, answer.body.id);
    expect(first?.metadata.correlationId).toBe('order-7');
    const odd = await api.call('GET', '/v1/tenant', {
      token: hostile.token,
      headers: { 'x-correlation-id': 'a b' },
    });
    expect(odd.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('following a workload', () => {
  it('shows each tenant other names for the same host and kernel, and never the real ones', async () => {
    const { body: host } = await api.post('/v1/hosts', operator, hostRegistration());
    const seen: string[] = [];
    for (const tenant of [hostile, trusted]) {
      const { body } = await submit(tenant);
      await place(tenant, body.id, host.id);
      const read = await api.get(`/v1/workloads/${body.id}`, tenant.token);
      expect(read.body).toMatchObject({ status: 'placed', placement: { isolation: 'hyperv' } });
      expect(read.text).not.toContain(host.id);
      const events = await api.get(`/v1/workloads/${body.id}/events`, tenant.token);
      expect(events.text).not.toContain(host.id);
      expect(events.text).not.toMatch(/placerTerm|position/i);
      const placed = events.body.items.at(-1);
      expect(placed).toMatchObject({ id: 3, type: 'WorkloadPlaced' });
      expect(placed.payload.hostId).toBe(read.body.placement.hostId);
      seen.push(read.body.placement.hostId, read.body.placement.kernelInstanceId);
    }
    expect(new Set(seen).size).toBe(4);
  });

  it('calls it unknown while the host that it is on is lost', async () => {
    const { body: host } = await api.post('/v1/hosts', operator, hostRegistration());
    const { body } = await submit(hostile);
    await place(hostile, body.id, host.id);
    const lost = event<HostLost>('HostLost', Date.now(), { lastHeardAtMs: 1 });
    const metadata = {
      actor: { kind: 'system', id: 'observe' },
      correlationId: 'test',
      causationPosition: null,
    } as const;
    const stream = { owner: null, stream: host.id, expectedVersion: 1, events: [lost] };
    await api.log.append({ streams: [stream], metadata });
    expect((await api.get(`/v1/workloads/${body.id}`, hostile.token)).body.status).toBe('unknown');
    await api.project();
    const list = await api.get('/v1/workloads?limit=1', hostile.token);
    expect(list.body.items[0]).toMatchObject({ id: body.id, status: 'unknown' });
    const elsewhere = await submit(hostile);
    const { body: other } = await api.post('/v1/hosts', operator, hostRegistration());
    await place(hostile, elsewhere.body.id, other.id);
    await api.project();
    const found = async (status: string) => {
      const { items } = (await api.get(`/v1/workloads?status=${status}`, hostile.token)).body;
      return items.map(({ id, status: told }: { id: string; status: string }) => [id, told]);
    };
    expect(await found('unknown')).toEqual([[body.id, 'unknown']]);
    expect(await found('placed')).toContainEqual([elsewhere.body.id, 'placed']);
    for (const status of ['placed', 'starting', 'running']) {
      expect((await found(status)).flat()).not.toContain(body.id);
    }
  });

  it('cancels as often as it is asked, says when and why, and does not cancel what ended in another way', async () => {
    const { body } = await submit(hostile);
    const path = `/v1/workloads/${body.id}/cancel`;
    const first = await api.post(path, hostile.token, { reason: 'no longer needed' });
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({ status: 'cancelled' });
    const again = await api.call('POST', path, { token: hostile.token });
    expect(again.status).toBe(202);
    const { body: read } = await api.get(`/v1/workloads/${body.id}`, hostile.token);
    for (const told of [first.body, again.body, read]) {
      expect(told.cancelled).toEqual({ since: read.endedAt, reason: 'no longer needed' });
    }
    const refused = await submit(hostile, { isolation: 'process', strict: true });
    const ended = `/v1/workloads/${refused.body.workloadId}/cancel`;
    const conflict = await api.post(ended, hostile.token, {});
    expect(conflict.status).toBe(409);
    expect(conflict.body.code).toBe('WORKLOAD_ENDED');
  });
});

describe("another tenant's resources", () => {
  it('look exactly like ones that do not exist, on every route', async () => {
    const { body: workload } = await submit(trusted);
    const { body: batch } = await api.post('/v1/batches', trusted.token, {
      name: 'theirs',
      taskDefaults: submission(),
      count: 2,
    });
    const routes: [string, string, string][] = [
      ['GET', '/v1/workloads/:id', workload.id],
      ['GET', '/v1/workloads/:id/events', workload.id],
      ['POST', '/v1/workloads/:id/cancel', workload.id],
      ['GET', '/v1/batches/:id', batch.id],
    ];
    for (const [method, route, id] of routes) {
      const missing = `${id.split('_')[0]}_${'0'.repeat(32)}`;
      const answers = [];
      for (const asked of [id, missing, 'nonsense', `${id}0`, '%00']) {
        const { status, body } = await api.call(method, route.replace(':id', asked), {
          token: hostile.token,
        });
        const { instance: _instance, ...rest } = body;
        answers.push({ status, rest });
      }
      expect(answers[0]?.status, route).toBe(404);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
    await api.project();
    const list = await api.get('/v1/workloads?limit=200', hostile.token);
    expect(list.text).not.toContain(trusted.id);
    expect(list.text).not.toContain(workload.id);
    const batchList = await api.get(`/v1/workloads?batch=${batch.id}`, hostile.token);
    expect(batchList.body).toEqual({ items: [], nextCursor: null });
  });

  it('are not touched by an attempt to cancel them', async () => {
    const { body } = await submit(trusted);
    await api.post(`/v1/workloads/${body.id}/cancel`, hostile.token, {});
    const read = await api.get(`/v1/workloads/${body.id}`, trusted.token);
    expect(read.body).toMatchObject({ status: 'submitted', cancelRequested: false });
  });

  it('shows a tenant its own trust level and nobody else', async () => {
    const own = await api.get('/v1/tenant', trusted.token);
    expect(own.body).toMatchObject({
      id: trusted.id,
      trust: 'trusted',
      boundary: 'group:platform',
    });
  });
});
