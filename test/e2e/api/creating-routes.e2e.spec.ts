import { defaultQuota, policyVersion1 } from '@bulkhead/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answered, ApiUnderTest, hostRegistration, submission } from './api-under-test.js';
import { reportOutcomes } from './report-outcomes.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());
beforeEach(async () => {
  tenant = await api.tenant(operator);
});

/** A request, another that its key must not be used for, and what takes away what the first needed. */
interface Asked {
  readonly path: string;
  readonly body: object;
  /** Null where all that is asked for is in the path. */
  readonly other: object | null;
  readonly gone?: (first: Answered) => Promise<unknown>;
}

interface CreatingRoute {
  readonly by: 'tenant' | 'operator';
  readonly ask: () => Promise<Asked>;
  /** What the first answer was kept as: a secret is shown once. */
  readonly repeated?: { readonly code: string; readonly id: string };
}

const asOperator = async (path: string, body: object): Promise<Answered> => {
  const answer = await api.post(path, operator, body);
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer;
};
const setQuota = async (quota: object) => {
  const body = { ...defaultQuota, ...quota, reason: 'contract' };
  const path = `/v1/tenants/${tenant.id}/quota`;
  expect((await api.call('PUT', path, { token: operator, body })).status).toBe(200);
};
const turn = (act: 'suspend' | 'reinstate') =>
  asOperator(`/v1/tenants/${tenant.id}/${act}`, { reason: 'a test' });

let names = 0;
const fresh = (what: string): string => `${what}-${++names}`;
const batch = (change: object = {}) => ({
  ...{ name: 'four', taskDefaults: submission(), count: 4 },
  ...change,
});

const routes: Readonly<Record<string, CreatingRoute>> = {
  'POST /v1/workloads': {
    by: 'tenant',
    ask: async () => ({
      path: '/v1/workloads',
      body: submission(),
      other: submission({ priority: 51 }),
    }),
  },
  'POST /v1/batches': {
    by: 'tenant',
    ask: async () => ({ path: '/v1/batches', body: batch(), other: batch({ count: 5 }) }),
  },
  'POST /v1/batches/{id}/retry-failed': {
    by: 'tenant',
    ask: async () => {
      const { id } = (await api.post('/v1/batches', tenant.token, batch())).body;
      await api.post(`/v1/batches/${id}/cancel`, tenant.token, {});
      await reportOutcomes(api, tenant.id, id, []);
      const gone = ({ body }: Answered) =>
        api.post(`/v1/batches/${body.id}/cancel`, tenant.token, {});
      const path = `/v1/batches/${id}/retry-failed`;
      return { path, body: { reason: 'mended' }, other: { reason: 'something else' }, gone };
    },
  },
  'POST /v1/schedules': {
    by: 'tenant',
    ask: async () => {
      const body = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
      const other = { ...body, name: 'weekly', batch: batch() };
      return { path: '/v1/schedules', body: { ...body, batch: batch() }, other };
    },
  },
  'POST /v1/webhooks': {
    by: 'tenant',
    ask: async () => {
      const body = { url: 'https://hooks.example.org/one' };
      return { path: '/v1/webhooks', body, other: { url: 'https://hooks.example.org/two' } };
    },
    repeated: { code: 'WEBHOOK_ALREADY_CREATED', id: 'webhookId' },
  },
  'POST /v1/tenants': {
    by: 'operator',
    ask: async () => ({ path: '/v1/tenants', body: { name: 'One' }, other: { name: 'Two' } }),
  },
  'POST /v1/tenants/{id}/credentials': {
    by: 'operator',
    ask: async () => ({ path: `/v1/tenants/${tenant.id}/credentials`, body: {}, other: null }),
    repeated: { code: 'CREDENTIAL_ALREADY_ISSUED', id: 'credentialId' },
  },
  'POST /v1/hosts': {
    by: 'operator',
    ask: async () => ({
      path: '/v1/hosts',
      body: hostRegistration(),
      other: hostRegistration({ name: 'another' }),
      gone: ({ body }) => asOperator(`/v1/hosts/${body.id}/retire`, { reason: 'sold' }),
    }),
  },
  'POST /v1/images': {
    by: 'operator',
    ask: async () => {
      const layer = { digest: `sha256:${'a'.repeat(64)}`, compressedMiB: 12, unpackedMiB: 30 };
      const facts = { os: 'windows', architecture: 'amd64', osVersion: '10.0.20348.2461' };
      const reference = `registry.example.org/${fresh('reports')}:1`;
      const body = { reference, ...facts, base: 'nanoserver', publisher: 'us', layers: [layer] };
      const gone = (first: Answered) =>
        asOperator(`/v1/images/${first.body.id}/revoke`, { reason: 'malware' });
      return { path: '/v1/images', body, other: { ...body, publisher: 'them' }, gone };
    },
  },
  'POST /v1/policies': {
    by: 'operator',
    ask: async () => {
      const { version } = (await api.get('/v1/policies/current', operator)).body;
      const body = { ...policyVersion1, replaces: version };
      const other = { ...body, rebootEmptyAfterMs: 60_000 };
      const gone = () => asOperator('/v1/policies', policyVersion1);
      return { path: '/v1/policies', body, other, gone };
    },
  },
  'POST /v1/advisories': {
    by: 'operator',
    ask: async () => {
      const facts = { reference: fresh('CVE-2026'), wall: 'shared-kernel' };
      const body = { title: 'a way out', ...facts, builds: [{ build: 17763 }] };
      const gone = (first: Answered) =>
        asOperator(`/v1/advisories/${first.body.id}/withdraw`, { reason: 'patched' });
      return { path: '/v1/advisories', body, other: { ...body, title: 'a way in' }, gone };
    },
  },
  'POST /v1/incidents': {
    by: 'operator',
    ask: async () => {
      const hostId = (await asOperator('/v1/hosts', hostRegistration())).body.id;
      const body = { kind: 'other', hostId, note: 'one' };
      const gone = (first: Answered) =>
        asOperator(`/v1/incidents/${first.body.id}/contain`, { note: 'revoked' });
      return { path: '/v1/incidents', body, other: { ...body, note: 'two' }, gone };
    },
  },
};
const table = Object.entries(routes);

/** What the tenant did not send before is refused, and so nobody remembers the tenant as it was any more. */
async function refusesNew(code: string): Promise<void> {
  for (const [path, body] of [
    ['/v1/workloads', submission()],
    ['/v1/batches', batch()],
  ] as const) {
    const answer = await api.post(path, tenant.token, body, fresh('new-key'));
    expect(answer.body.code, path).toBe(code);
  }
}

type Send = (body: object, key?: string) => Promise<Answered>;
const sending = ({ by }: CreatingRoute, { path }: Asked): Send => {
  const token = by === 'tenant' ? tenant.token : operator;
  return (body, key) => api.post(path, token, body, key);
};

/** The very answer that was given, or what stands for it where that held a secret. */
function expectFirst(again: Answered, first: Answered, { repeated }: CreatingRoute): void {
  if (repeated !== undefined) {
    const told = { code: repeated.code, [repeated.id]: first.body.id };
    expect([again.status, again.body]).toMatchObject([409, told]);
    return;
  }
  expect([again.status, again.body]).toEqual([first.status, first.body]);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
}

describe('every route that creates something', () => {
  it('is tried here', async () => {
    const { paths } = (await api.call('GET', '/openapi.json')).body;
    type Described = { post?: { parameters?: readonly { name: string }[] } };
    const creating = Object.entries(paths as Record<string, Described>)
      .filter(([, { post }]) => post?.parameters?.some(({ name }) => name === 'Idempotency-Key'))
      .map(([path]) => `POST ${path}`);
    expect(Object.keys(routes).sort()).toEqual(creating.sort());
  });
});

describe.each(table)('a request that creates: %s', (_name, route) => {
  it('gets its first answer again under its key, and no other request gets it', async () => {
    const asked = await route.ask();
    const send = sending(route, asked);
    const key = fresh('a-key');
    const first = await send(asked.body, key);
    expect(first.status, first.text).toBeLessThan(300);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const before = await api.log.head();
    expectFirst(await send(asked.body, key), first, route);
    if (asked.other !== null) {
      const reused = await send(asked.other, key);
      expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect(await api.log.head()).toBe(before);
  });

  it('gets it also when what it needed is gone by then', async () => {
    const asked = await route.ask();
    const send = sending(route, asked);
    const key = fresh('a-key');
    const first = await send(asked.body, key);
    expect(first.status, first.text).toBeLessThan(300);
    await asked.gone?.(first);
    expectFirst(await send(asked.body, key), first, route);
    await turn('suspend');
    await refusesNew('TENANT_SUSPENDED');
    expectFirst(await send(asked.body, key), first, route);
    await turn('reinstate');
    for (const lower of [{ cpuMillis: 1, batchTasks: 1 }, { submissionsPerMinute: 0 }]) {
      await setQuota(lower);
      await refusesNew('QUOTA_EXCEEDED');
      expectFirst(await send(asked.body, key), first, route);
    }
  });
});
