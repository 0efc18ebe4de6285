import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const post = (path: string, body?: object) => api.post(path, operator, body);
const get = (path: string) => api.get(path, operator);

const base = { digest: 'seeded:nanoserver-20348-base', compressedMiB: 113, unpackedMiB: 283 };
const own = { digest: `sha256:${'a'.repeat(64)}`, compressedMiB: 12, unpackedMiB: 30 };
const registration = (name: string, changes: object = {}) => ({
  reference: `registry.example.org/${name}:1`,
  os: 'windows',
  architecture: 'amd64',
  osVersion: '10.0.20348.2461',
  base: 'nanoserver',
  publisher: 'microsoft',
  layers: [base, own],
  ...changes,
});

describe('an image', () => {
  it('is registered with its layers and what vouches for it, and read back', async () => {
    const manifestDigest = `sha256:${'b'.repeat(64)}`;
    const attestation = 'https://example.org/statements/1';
    const facts = registration('reports', { manifestDigest, attestation });
    const { status, body, headers } = await post('/v1/images', facts);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      reference: facts.reference,
      layers: [base, own],
      diskMiB: 313,
      provenance: { origin: 'registered', manifestDigest, attestation },
      revoked: false,
    });
    expect(headers.get('location')).toBe(`/v1/images/${body.id}`);
    expect((await get(`/v1/images/${body.id}`)).body).toEqual(body);
    const listed = (await get('/v1/images?limit=200')).body.items;
    expect(listed).toContainEqual(body);
  });

  it('may be registered again with the same facts, and never with others', async () => {
    const first = await post('/v1/images', registration('twice'));
    const again = await post('/v1/images', registration('twice'));
    expect([again.status, again.body]).toEqual([201, first.body]);
    const other = await post('/v1/images', registration('twice', { publisher: 'somebody' }));
    expect([other.status, other.body.code]).toEqual([409, 'IMAGE_EXISTS']);
    const history = await api.get(
      `/v1/audit/events?stream=${first.body.id}`,
      await api.platformToken('auditor'),
    );
    expect(history.body.items).toHaveLength(1);
    expect(history.body.items[0]).toMatchObject({ type: 'ImageRegistered', schemaVersion: 2 });
  });

  it('is refused with everything that is wrong with it at once', async () => {
    const wrong = registration('wrong', {
      os: 'linux',
      layers: [base, base, { ...own, digest: 'latest' }],
      publisher: '',
    });
    const { status, body } = await post('/v1/images', wrong);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/publisher', '/layers/2/digest']));
    const crossed = registration('crossed', { os: 'linux', layers: [base, base] });
    const answer = await post('/v1/images', crossed);
    const crossedPointers = answer.body.errors.map((one: { pointer: string }) => one.pointer);
    expect(crossedPointers).toEqual(['/osVersion', '/base', '/layers/1/digest']);
  });

  it('that lets a workload share a kernel lets none run once it is revoked', async () => {
    const tenant = await api.tenant(operator, { trust: 'standard' });
    const facts = registration('shared');
    const { body: image } = await post('/v1/images', facts);
    const submit = () =>
      api.post('/v1/workloads', tenant.token, submission({ image: facts.reference }));
    expect((await submit()).body.decision.isolation).toBe('process');
    const revoked = await post(`/v1/images/${image.id}/revoke`, { reason: 'malware' });
    expect([revoked.status, revoked.body]).toEqual([200, { ...image, revoked: true }]);
    const again = await post(`/v1/images/${image.id}/revoke`, { reason: 'once more' });
    expect([again.status, again.body]).toEqual([200, revoked.body]);
    const refused = await submit();
    expect([refused.status, refused.body.code]).toEqual([422, 'UNPLACEABLE']);
    expect(refused.body.reasons).toMatchObject([{ rule: 'image-unrunnable' }]);
  });

  it('that does not exist is 404 on every route', async () => {
    const missing = `/v1/images/img_${'0'.repeat(32)}`;
    const answers = [
      await get(missing),
      await post(`${missing}/revoke`, { reason: 'none' }),
      await get('/v1/images/nonsense'),
      await post('/v1/images/nonsense/revoke', { reason: 'none' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'IMAGE_NOT_FOUND']);
    }
  });
});
