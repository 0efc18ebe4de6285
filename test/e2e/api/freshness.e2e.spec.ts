import {
  Leases,
  LogListener,
  openPool,
  openReadModels,
  PostgresLog,
  readProgress,
} from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProjectionKeeper } from '../../../apps/worker/src/projections/projection-keeper.js';
import { realTimers } from '../../../apps/worker/src/real-time.js';
import { type Answered, ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

const HEADER = 'bulkhead-consistency-token';
/** Longer than a busy machine keeps a list waiting. */
const PATIENCE_MS = 20_000;
const SOON_MS = 300;
const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

let api: ApiUnderTest;
let operator: string;
let auditor: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let stopLists: () => Promise<void> = async () => {};

beforeAll(async () => {
  api = await ApiUnderTest.start({ consistencyTimeoutMs: PATIENCE_MS });
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
});
afterEach(async () => {
  await stopLists();
  stopLists = async () => {};
});
afterAll(() => api.stop());

/** Runs the worker's own read models until the test ends. */
async function keepLists(): Promise<void> {
  const url = api.database.workerUrl;
  const pool = openPool({ url, applicationName: 'test-lists' });
  const dataSource = await openReadModels({ url, applicationName: 'test-lists' });
  const listener = new LogListener(url);
  listener.start();
  const leases = new Leases({ pool, owner: v7() });
  const log = new PostgresLog({ pool, newEventId: v7 });
  const around = { log, dataSource, leases, listener, logger: silent };
  const stopping = new AbortController();
  const running = new ProjectionKeeper(around, realTimers).run(stopping.signal);
  stopLists = async () => {
    stopping.abort();
    await running;
    await listener.close();
    await dataSource.destroy();
    await pool.end();
  };
}

function tokenIn(answer: Answered): string {
  const token = answer.headers.get(HEADER);
  expect(token, answer.text).toMatch(/^[A-Za-z0-9_-]{48}$/);
  return token ?? '';
}

const read = (path: string, token: string, consistency: string) =>
  api.call('GET', path, { token, headers: { [HEADER]: consistency } });

const idsIn = ({ body }: Answered): string[] => body.items.map(({ id }: { id: string }) => id);

describe('a list that is asked for with the token of a command', () => {
  it('waits until it shows what the command did', async () => {
    const submitted = await api.post('/v1/workloads', tenant.token, submission());
    expect(idsIn(await api.get('/v1/workloads', tenant.token))).toEqual([]);
    let isAnswered = false;
    const fresh = read('/v1/workloads', tenant.token, tokenIn(submitted)).finally(() => {
      isAnswered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, SOON_MS));
    expect(isAnswered).toBe(false);
    await keepLists();
    const answer = await fresh;
    expect(answer.status).toBe(200);
    expect(idsIn(answer)).toEqual([submitted.body.id]);
  });

  it('is complete every time, command after command', async () => {
    await keepLists();
    for (let round = 0; round < 10; round += 1) {
      const submitted = await api.post('/v1/workloads', tenant.token, submission());
      const listed = await read('/v1/workloads?limit=1', tenant.token, tokenIn(submitted));
      expect(idsIn(listed)).toEqual([submitted.body.id]);
      const cancel = `/v1/workloads/${submitted.body.id}/cancel`;
      const cancelled = await api.post(cancel, tenant.token, {});
      const ended = '/v1/workloads?status=cancelled&limit=1';
      expect(idsIn(await read(ended, tenant.token, tokenIn(cancelled)))).toEqual([
        submitted.body.id,
      ]);
    }
  });

  it('is answered soon also where the command did something that it does not show', async () => {
    await keepLists();
    const batch = { name: 'elsewhere', taskDefaults: submission(), count: 1 };
    const submitted = await api.post('/v1/batches', tenant.token, batch);
    expect((await read('/v1/workloads', tenant.token, tokenIn(submitted))).status).toBe(200);
    const host = await api.post('/v1/hosts', operator, hostRegistration());
    for (const path of ['/v1/tenants', '/v1/hosts', `/v1/tenants/${tenant.id}/credentials`]) {
      expect((await read(path, operator, tokenIn(host))).status, path).toBe(200);
    }
    expect(idsIn(await read('/v1/hosts', operator, tokenIn(host)))).toContain(host.body.id);
  });

  it('keeps many waiting at once without keeping others from the database', async () => {
    const submitted = await api.post('/v1/workloads', tenant.token, submission());
    const waits = Array.from({ length: 150 }, () =>
      read('/v1/workloads?limit=1', tenant.token, tokenIn(submitted)),
    );
    expect((await api.get(`/v1/workloads/${submitted.body.id}`, tenant.token)).status).toBe(200);
    await keepLists();
    for (const answer of await Promise.all(waits)) {
      expect(idsIn(answer)).toEqual([submitted.body.id]);
    }
  });
});

describe('a consistency token', () => {
  it('is in the answer of every command, repeated and refused ones included', async () => {
    const batch = { name: 'a batch', taskDefaults: submission(), count: 1 };
    const workload = await api.post('/v1/workloads', tenant.token, submission(), 'key');
    const host = await api.post('/v1/hosts', operator, hostRegistration());
    const credential = await api.post(`/v1/tenants/${other.id}/credentials`, operator, {});
    const path = `/v1/tenants/${other.id}/credentials/${credential.body.clientId}`;
    const reason = 'a reason';
    const answers = [
      workload,
      await api.post('/v1/workloads', tenant.token, submission(), 'key'),
      await api.post(
        '/v1/workloads',
        tenant.token,
        submission({ isolation: 'process', strict: true }),
      ),
      await api.post(`/v1/workloads/${workload.body.id}/cancel`, tenant.token, {}),
      await api.post(`/v1/workloads/${workload.body.id}/cancel`, tenant.token, {}),
      await api.post('/v1/batches', tenant.token, batch),
      host,
      ...(await Promise.all(
        ['cordon', 'uncordon', 'fence'].map((act) =>
          api.post(`/v1/hosts/${host.body.id}/${act}`, operator, { reason }),
        ),
      )),
      await api.post('/v1/tenants', operator, { name: 'Another' }),
      await api.post(`/v1/tenants/${other.id}/trust`, operator, { trust: 'trusted', reason }),
      await api.post(`/v1/tenants/${other.id}/boundary`, operator, { boundary: 'both', reason }),
      credential,
      await api.call('DELETE', path, { token: operator }),
      await api.call('DELETE', path, { token: operator }),
    ];
    const tokens = answers.map(tokenIn);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(answers[1]?.headers.get('idempotency-replayed')).toBe('true');
    expect(answers[2]?.status).toBe(422);
  });

  it('of a repetition shows what the first request did', async () => {
    await keepLists();
    const first = await api.post('/v1/workloads', tenant.token, submission(), 'repeated');
    const again = await api.post('/v1/workloads', tenant.token, submission(), 'repeated');
    const listed = await read('/v1/workloads?limit=1', tenant.token, tokenIn(again));
    expect(idsIn(listed)).toEqual([first.body.id]);
  });

  it('is not in answers that recorded nothing: reads and bad requests', async () => {
    const answers = [
      await api.get('/v1/workloads', tenant.token),
      await api.post('/v1/workloads', tenant.token, {}),
      await api.post(`/v1/workloads/wl_${'0'.repeat(32)}/cancel`, tenant.token, {}),
    ];
    for (const { headers } of answers) expect(headers.has(HEADER)).toBe(false);
  });

  it('of another tenant, of the platform, or forged is refused, on lists and on single reads', async () => {
    const submitted = await api.post('/v1/workloads', tenant.token, submission());
    const own = tokenIn(submitted);
    const host = await api.post('/v1/hosts', operator, hostRegistration());
    const flipped = (own[0] === 'A' ? 'B' : 'A') + own.slice(1);
    const single = `/v1/workloads/${submitted.body.id}`;
    const cases: [string, string, string][] = [
      ['/v1/workloads', other.token, own],
      ['/v1/tenants', operator, own],
      ['/v1/audit/events', auditor, own],
      ['/v1/workloads', tenant.token, tokenIn(host)],
      ['/v1/workloads', tenant.token, flipped],
      ['/v1/workloads', tenant.token, 'nonsense'],
      ['/v1/workloads', tenant.token, ''],
      [single, tenant.token, flipped],
    ];
    for (const [path, token, consistency] of cases) {
      const answer = await read(path, token, consistency);
      expect([path, answer.status, answer.body.code]).toEqual([path, 400, 'BAD_CONSISTENCY_TOKEN']);
    }
  });

  it('is no hindrance where the log itself is read, with a worker or without', async () => {
    const submitted = await api.post('/v1/workloads', tenant.token, submission());
    const single = `/v1/workloads/${submitted.body.id}`;
    for (const path of [single, `${single}/events`]) {
      expect((await read(path, tenant.token, tokenIn(submitted))).status).toBe(200);
    }
    const host = await api.post('/v1/hosts', operator, hostRegistration());
    expect((await read('/v1/images', operator, tokenIn(host))).status).toBe(200);
    const query = `/v1/audit/events?stream=${host.body.id}`;
    const audited = await read(query, auditor, tokenIn(host));
    expect(audited.body.items.map(({ type }: { type: string }) => type)).toEqual([
      'HostRegistered',
    ]);
  });
});

it('tells how far each read model has come', async () => {
  await keepLists();
  const pool = openPool({ url: api.database.apiUrl, applicationName: 'test-progress' });
  const submitted = await api.post('/v1/workloads', tenant.token, submission());
  await read('/v1/workloads', tenant.token, tokenIn(submitted));
  const progress = await readProgress(pool);
  await pool.end();
  const [last] = (await api.log.readStream(tenant.id, submitted.body.id)).slice(-1);
  expect(progress.get('workloads')).toBeGreaterThanOrEqual(last?.position ?? Number.NaN);
});
