import { event, type HostBooted, type HostId, type KernelInstanceId } from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, hostRegistration, NANOSERVER, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
type Tenant = Awaited<ReturnType<ApiUnderTest['tenant']>>;
let hostile: Tenant;
let standard: Tenant;
let hosts: HostId[];

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  hostile = await api.tenant(operator);
  standard = await api.tenant(operator, { trust: 'standard' });
  hosts = [
    await host({ name: 'large' }),
    await host({ name: 'plain', hypervPresent: false }),
    await host({ name: 'small', cpuMillis: 4_000 }),
  ];
});
afterAll(() => api.stop());

/** Registers a host, and boots it as its worker would report. */
async function host(change: object): Promise<HostId> {
  const { body } = await api.post('/v1/hosts', operator, hostRegistration(change));
  const hostId: HostId = body.id;
  const kernelInstanceId: KernelInstanceId = `ki_${hostId.slice(5)}`;
  const osVersion = { major: 10, minor: 0, build: 26100, revision: 1742 };
  const booted = { bootId: 'first', kernelInstanceId, osVersion };
  const events = [event<HostBooted>('HostBooted', Date.now(), booted)];
  await api.log.append({
    streams: [{ owner: null, stream: hostId, expectedVersion: 1, events }],
    metadata: {
      actor: { kind: 'system', id: 'test' },
      correlationId: 'test',
      causationPosition: null,
    },
  });
  return hostId;
}

const PATH = '/v1/workloads/explain';
const explain = (tenant: Tenant, change: object = {}) =>
  api.post(PATH, tenant.token, submission(change));
const explainTo = (token: string, tenant: Tenant, change: object = {}) =>
  api.post(`${PATH}?tenant=${tenant.id}`, token, submission(change));
interface Told {
  readonly id: string;
  readonly outcome: string;
  readonly because: string | null;
}
const fired = ({ rules }: { rules: Told[] }) =>
  rules.filter(({ outcome }) => outcome === 'fired').map(({ id }) => id);

describe('a tenant that asks what its submission would be answered', () => {
  it('is told every rule, and exactly what the submission then is answered', async () => {
    const told = await explain(hostile);
    expect(told.status).toBe(200);
    expect(told.body).toMatchObject({ tenant: hostile.id, image: NANOSERVER, isolation: 'hyperv' });
    expect(told.body).toMatchObject({ refusal: null, placement: null, policyVersion: 1 });
    const rule = (id: string) => told.body.rules.find((one: Told) => one.id === id);
    expect(rule('tenant-hostile')).toEqual({
      id: 'tenant-hostile',
      text: 'A hostile tenant never shares a kernel.',
      effect: 'hyperv',
      mayBeOff: false,
      on: true,
      outcome: 'fired',
      because: 'the tenant is hostile',
      reads: ['trust'],
      inputs: { trust: 'hostile' },
    });
    expect(rule('kernel-mismatch')).toMatchObject({ outcome: 'decided-at-placement' });
    const listed = (await api.get('/v1/rules', operator)).body.items.map(({ id }: Told) => id);
    expect(told.body.rules.map(({ id }: Told) => id)).toEqual(listed);
    const { decision } = (await api.post('/v1/workloads', hostile.token, submission())).body;
    expect(decision.reasons.map(({ rule: id }: { rule: string }) => id)).toEqual(fired(told.body));
    expect([decision.isolation, decision.boundary]).toEqual([
      told.body.isolation,
      told.body.boundary,
    ]);
  });

  it('is told of a refusal as an answer, and of what is wrong with the body as with a submission', async () => {
    const strict = await explain(hostile, { isolation: 'process', strict: true });
    expect(strict.status).toBe(200);
    expect(strict.body).toMatchObject({
      refusal: { code: 'ISOLATION_REFUSED', strict: true, detail: 'the tenant is hostile' },
      isolation: null,
    });
    const huge = await explain(standard, { resources: { cpuMillis: 900_000, memoryMiB: 64 } });
    expect(huge.body).toMatchObject({ refusal: { code: 'UNPLACEABLE', strict: false } });
    const wrong = await explain(standard, { image: 7, surprise: true });
    expect([wrong.status, wrong.body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  it('leaves nothing behind: no event, and no answer under its key', async () => {
    const before = await api.log.head();
    const body = submission({ env: { A: 'secret' }, labels: { team: 'billing' } });
    const first = await api.post(PATH, standard.token, body, 'a-key');
    const other = await api.post(PATH, standard.token, submission(), 'a-key');
    expect([first.status, other.status]).toEqual([200, 200]);
    expect(first.text).not.toContain('secret');
    expect(await api.log.head()).toBe(before);
  });

  it('sees no host, and nothing that differs with the fleet it is placed on', async () => {
    const { text } = await explain(standard);
    await api.post(`/v1/hosts/${hosts[0]}/cordon`, operator, { reason: 'test' });
    const closed = await explain(standard);
    await api.post(`/v1/hosts/${hosts[0]}/uncordon`, operator, { reason: 'test' });
    expect(closed.text).toBe(text);
    for (const id of hosts) expect(text).not.toContain(id.slice(5));
    expect(text).not.toContain('26100');
  });

  it('may ask for itself alone', async () => {
    const other = await explainTo(standard.token, hostile);
    expect([other.status, other.body.errors]).toEqual([
      400,
      [{ parameter: 'tenant', detail: 'may be named by operators only' }],
    ]);
  });
});

describe('an operator that asks where a submission would go', () => {
  it('is told the host, what made it better, and what turned down the others', async () => {
    const { status, body } = await explainTo(operator, hostile);
    expect(status).toBe(200);
    expect(fired(body)).toEqual(['tenant-hostile']);
    const { placement } = body;
    expect(placement).toMatchObject({ outcome: 'place', waits: null });
    expect(placement.position).toBe(await api.log.head());
    expect(placement.chosen).toMatchObject({ hostId: hosts[2], claimsKernel: false });
    expect(placement.chosen.decision.isolation).toBe('hyperv');
    expect(placement.walls).toHaveLength(1);
    const [wall] = placement.walls;
    expect(wall.able.hosts.map(({ hostId }: { hostId: string }) => hostId)).toEqual([
      hosts[2],
      hosts[0],
    ]);
    expect(wall.able.hosts[0].points).toBeGreaterThan(wall.able.hosts[1].points);
    expect(wall.turnedDown).toEqual([
      {
        cause: 'no-hyper-v',
        count: 1,
        hosts: [{ hostId: hosts[1], detail: 'it has no Hyper-V, which a utility VM needs' }],
      },
    ]);
  });

  it('is told of what happened since the last question', async () => {
    await api.post(`/v1/hosts/${hosts[2]}/cordon`, operator, { reason: 'test' });
    const closed = (await explainTo(operator, hostile)).body.placement;
    await api.post(`/v1/hosts/${hosts[2]}/uncordon`, operator, { reason: 'test' });
    expect(closed.chosen.hostId).toBe(hosts[0]);
    expect(closed.walls[0].turnedDown).toContainEqual({
      cause: 'cordoned',
      count: 1,
      hosts: [{ hostId: hosts[2], detail: 'it is cordoned' }],
    });
  });

  it('is told no place where the rules refuse it', async () => {
    const { body } = await explainTo(operator, hostile, { isolation: 'process', strict: true });
    expect(body).toMatchObject({ refusal: { code: 'ISOLATION_REFUSED' }, placement: null });
  });

  it('is told beside the hosts what the submission is turned away over, as the tenant is', async () => {
    const tenant = await api.tenant(operator);
    const path = `/v1/tenants/${tenant.id}`;
    const asked = { isolation: 'hyperv' };
    const answers = async () => {
      const all = await Promise.all([
        api.post('/v1/workloads', tenant.token, submission(asked)),
        explain(tenant, asked),
        explainTo(operator, tenant, asked),
      ]);
      return all.map(({ body: { turnedAway, status, code, detail } }) =>
        turnedAway === undefined ? { status, code, detail } : turnedAway,
      );
    };
    const same = (status: number, code: string) =>
      [1, 2, 3].map(() => ({ status, code, detail: expect.stringContaining('recorded') }));
    const placement = async () => {
      const { status, body } = await explainTo(operator, tenant, asked);
      expect([status, body.refusal, body.isolation]).toEqual([200, null, 'hyperv']);
      const { waits, walls, chosen } = body.placement;
      const named = walls[0].able.hosts.map(({ hostId }: { hostId: string }) => hostId);
      return { waits: waits?.cause ?? null, chosen: chosen?.hostId ?? null, able: named };
    };
    const able = [hosts[2], hosts[0]];
    expect(await placement()).toEqual({ waits: null, chosen: hosts[2], able });
    const held = { workloads: 50, cpuMillis: 64_000, memoryMiB: 131_072, batchTasks: 100 };
    const body = { ...held, utilityVms: 0, reason: 'contract' };
    expect((await api.call('PUT', `${path}/quota`, { token: operator, body })).status).toBe(200);
    const beyond = await answers();
    expect(beyond).toEqual(same(422, 'QUOTA_EXCEEDED'));
    expect(new Set(beyond.map(({ detail }) => detail)).size).toBe(1);
    expect(await placement()).toEqual({ waits: 'quota', chosen: null, able });
    await api.post(`${path}/suspend`, operator, { reason: 'test' });
    expect(await answers()).toEqual(same(403, 'TENANT_SUSPENDED'));
    expect(await placement()).toEqual({ waits: 'tenant-suspended', chosen: null, able });
  });

  it('must name a tenant that there is', async () => {
    const unnamed = await api.post(PATH, operator, submission());
    expect([unnamed.status, unnamed.body.errors[0].parameter]).toEqual([400, 'tenant']);
    const unknown = { ...hostile, id: `ten_${'0'.repeat(32)}` as const };
    expect((await explainTo(operator, unknown)).status).toBe(404);
    expect((await explainTo(operator, { ...hostile, id: 'ten_x' })).status).toBe(404);
  });
});
