import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

const post = (path: string, body?: object, key?: string) => api.post(path, operator, body, key);
const get = (path: string) => api.get(path, operator);

const publication = (changes: object = {}) => ({
  title: 'a way out of a silo',
  reference: 'CVE-2026-70270',
  wall: 'shared-kernel',
  builds: [{ build: 20348, fixedRevision: 2700 }, { build: 17763 }],
  ...changes,
});

describe('an advisory', () => {
  it('is published once for each key, read back, listed, and withdrawn', async () => {
    const from = '2026-10-14T00:00:00.000Z';
    const key = 'CVE-2026-70270';
    const first = await post('/v1/advisories', publication({ from }), key);
    const { status, body, headers } = first;
    expect(status).toBe(201);
    expect(body).toMatchObject({
      reference: 'CVE-2026-70270',
      os: 'windows',
      builds: [
        { build: 20348, fixedRevision: 2700 },
        { build: 17763, fixedRevision: null },
      ],
      status: 'open',
      window: { from, until: null },
      withdrawal: null,
    });
    const path = `/v1/advisories/${body.id}`;
    expect(headers.get('location')).toBe(path);
    const again = await post('/v1/advisories', publication({ from }), key);
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([body, 'true']);
    expect((await get(path)).body).toEqual(body);
    const newer = (await post('/v1/advisories', publication({ wall: 'hypervisor' }))).body;
    const ids = (await get('/v1/advisories')).body.items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([newer.id, body.id]);
    const page = (await get('/v1/advisories?limit=1')).body;
    const next = await get(`/v1/advisories?limit=1&cursor=${page.nextCursor}`);
    expect(next.body.items).toEqual([body]);
    const withdrawn = await post(`${path}/withdraw`, { reason: 'patched' });
    expect(withdrawn.body).toMatchObject({
      status: 'withdrawn',
      withdrawal: { reason: 'patched' },
    });
    const repeated = await post(`${path}/withdraw`, { reason: 'once more' });
    expect([repeated.status, repeated.body]).toEqual([200, withdrawn.body]);
    const auditor = await api.platformToken('auditor');
    const events = await api.get('/v1/audit/events?stream=advisories', auditor);
    const changes = events.body.items.map(({ payload }: { payload: object }) => payload);
    expect(changes).toEqual([
      { advisoryId: body.id, change: 'published' },
      { advisoryId: newer.id, change: 'published' },
      { advisoryId: body.id, change: 'withdrawn' },
    ]);
  });

  it('is refused with what is wrong with it', async () => {
    const wrong = publication({ wall: 'door', builds: [], from: 'yesterday', os: 'linux' });
    const { status, body } = await post('/v1/advisories', wrong);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers.sort()).toEqual(['/builds', '/from', '/os', '/wall']);
    const codeOf = async (changes: object) => {
      const answer = await post('/v1/advisories', publication(changes));
      return [answer.status, answer.body.code];
    };
    const build = { build: 1, fixedRevision: 1 };
    expect(await codeOf({ builds: [build, build] })).toEqual([422, 'ADVISORY_BUILDS']);
    expect(await codeOf({ from: '2999-01-01T00:00:00Z' })).toEqual([422, 'ADVISORY_WINDOW']);
    expect(await codeOf({ until: '2020-01-01T00:00:00Z' })).toEqual([422, 'ADVISORY_WINDOW']);
  });

  it('that does not exist is 404 on every route, and none is shown to a tenant', async () => {
    const missing = `/v1/advisories/adv_${'0'.repeat(32)}`;
    const answers = [
      await get(missing),
      await post(`${missing}/withdraw`, { reason: 'none' }),
      await get('/v1/advisories/nonsense'),
      await post('/v1/advisories/nonsense/withdraw', { reason: 'none' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([404, 'ADVISORY_NOT_FOUND']);
    }
    const { token } = await api.tenant(operator, { trust: 'trusted' });
    expect((await api.get('/v1/advisories', token)).status).toBe(403);
    expect((await api.post('/v1/advisories', token, publication())).status).toBe(403);
  });
});
