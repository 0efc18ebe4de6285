import type { EventLog } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_LOG } from '../../../apps/api/src/sources.js';
import { ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
});
afterAll(() => api.stop());

const created = async (): Promise<number> => {
  const events = await api.log.readAll({
    afterPosition: 0,
    limit: 5_000,
    types: ['WorkloadSubmitted', 'BatchSubmitted', 'HostRegistered', 'TenantRegistered'],
  });
  return events.length;
};

describe('repeating a creating request under the same idempotency key', () => {
  it('gives the first answer again and creates nothing, on every route', async () => {
    const batch = { name: 'twice', taskDefaults: submission(), count: 3 };
    const cases: [string, string, object][] = [
      ['/v1/workloads', tenant.token, submission()],
      ['/v1/batches', tenant.token, batch],
      ['/v1/hosts', operator, hostRegistration()],
      ['/v1/tenants', operator, { name: 'Twice' }],
    ];
    for (const [path, token, body] of cases) {
      const first = await api.post(path, token, body, 'key 1');
      expect(first.headers.get('idempotency-replayed')).toBeNull();
      const before = await created();
      const again = await api.post(path, token, body, 'key 1');
      expect(again.status, path).toBe(first.status);
      expect(again.body).toEqual(first.body);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await created()).toBe(before);
    }
  });

  it('takes two spellings of the same body for the same', async () => {
    const { image, resources, simulation } = submission();
    await api.post('/v1/workloads', tenant.token, { image, resources, simulation }, 'spelling');
    const swapped = { simulation, resources, image, isolation: 'default', priority: 50 };
    const again = await api.post('/v1/workloads', tenant.token, swapped, 'spelling');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('takes two spellings of the same path for the same', async () => {
    const path = '/v1/batches';
    const batch = { name: 'spelt', taskDefaults: submission(), count: 1 };
    const { body } = await api.post(path, tenant.token, batch, 'spelt');
    const again = await api.post('/v1/%62atches', tenant.token, batch, 'spelt');
    expect(again.body).toEqual(body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('is refused with another body', async () => {
    await api.post('/v1/workloads', tenant.token, submission(), 'key 2');
    const changed = submission({ priority: 51 });
    const answer = await api.post('/v1/workloads', tenant.token, changed, 'key 2');
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('repeats recorded refusals too', async () => {
    const strict = submission({ isolation: 'process', strict: true });
    const first = await api.post('/v1/workloads', tenant.token, strict, 'refused');
    const again = await api.post('/v1/workloads', tenant.token, strict, 'refused');
    expect(first.status).toBe(422);
    expect(again.status).toBe(422);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('content-type')).toContain('application/problem+json');
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('never repeats a secret', async () => {
    const path = `/v1/tenants/${tenant.id}/credentials`;
    const first = await api.post(path, operator, {}, 'secret');
    expect(first.status).toBe(201);
    const again = await api.post(path, operator, {}, 'secret');
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      code: 'CREDENTIAL_ALREADY_ISSUED',
      credentialId: first.body.clientId,
    });
    expect(again.text).not.toContain(first.body.clientSecret);
    const log = api.running.app.get<EventLog>(EVENT_LOG);
    const stored = await log.findAnswer('operator', `POST ${path}`, 'secret');
    expect(stored?.body).toEqual({ id: first.body.clientId });
    expect(JSON.stringify(stored)).not.toContain(first.body.clientSecret);
  });

  it('is judged anew where nothing was recorded the first time, which leaves the key free', async () => {
    const layer = { digest: `sha256:${'a'.repeat(64)}`, compressedMiB: 12, unpackedMiB: 30 };
    const image = (name: string) => ({
      ...{ reference: `registry.example.org/${name}:1`, os: 'windows', architecture: 'amd64' },
      ...{ osVersion: '10.0.20348.2461', base: 'nanoserver', publisher: 'us', layers: [layer] },
    });
    const register = (name: string, key?: string) =>
      api.post('/v1/images', operator, image(name), key);
    const { body: known } = await register('known');
    for (let times = 0; times < 2; times += 1) {
      const again = await register('known', 'free');
      expect([again.status, again.body]).toEqual([201, known]);
      expect(again.headers.get('idempotency-replayed')).toBeNull();
    }
    const first = await register('unknown', 'free');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect((await register('known', 'free')).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    const repeated = await register('unknown', 'free');
    expect([repeated.body, repeated.headers.get('idempotency-replayed')]).toEqual([
      first.body,
      'true',
    ]);
  });

  it('is one creation however many come at once', async () => {
    const before = await created();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.post('/v1/workloads', tenant.token, submission(), 'at once'),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.has('idempotency-replayed'))).toHaveLength(19);
    expect(await created()).toBe(before + 1);
  });
});

describe('an idempotency key', () => {
  it('of one tenant never meets the same key of another', async () => {
    const mine = await api.post('/v1/workloads', tenant.token, submission(), 'shared');
    const theirs = await api.post('/v1/workloads', other.token, submission(), 'shared');
    expect(theirs.status).toBe(202);
    expect(theirs.headers.get('idempotency-replayed')).toBeNull();
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('of one route never meets the same key of another', async () => {
    await api.post('/v1/workloads', tenant.token, submission(), 'route');
    const batch = { name: 'a batch', taskDefaults: submission(), count: 1 };
    expect((await api.post('/v1/batches', tenant.token, batch, 'route')).status).toBe(202);
  });

  it('must be 1 to 255 printable characters', async () => {
    for (const key of ['', 'x'.repeat(256), 'caf\u00e9']) {
      const answer = await api.post('/v1/workloads', tenant.token, submission(), key);
      expect([key, answer.status]).toEqual([key, 400]);
      expect(answer.body.errors[0].parameter).toBe('Idempotency-Key');
    }
    const longest = 'x'.repeat(255);
    expect((await api.post('/v1/workloads', tenant.token, submission(), longest)).status).toBe(202);
  });
});
