import { randomUUID } from 'node:crypto';
import { Leases, LogListener, openPool, openReadModels, PROJECTIONS } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProjectionKeeper } from '../../../apps/worker/src/projections/projection-keeper.js';
import { realTimers } from '../../../apps/worker/src/real-time.js';
import { ApiUnderTest } from './api-under-test.js';

const soon = { timeout: 20_000, interval: 50 };
let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

/** Keeps the read models as a worker does, while `act` runs. */
async function withWorker(act: () => Promise<void>): Promise<void> {
  const url = api.database.workerUrl;
  const pool = openPool({ url, applicationName: 'test-keeper' });
  const dataSource = await openReadModels({ url, applicationName: 'test-keeper-orm' });
  const listener = new LogListener(url);
  listener.start();
  const leases = new Leases({ pool, owner: randomUUID() });
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const around = { log: api.log, dataSource, leases, listener, logger };
  const stop = new AbortController();
  const running = new ProjectionKeeper(around, realTimers).run(stop.signal);
  try {
    await act();
  } finally {
    stop.abort();
    await running;
    await listener.close();
    await dataSource.destroy();
    await pool.end();
  }
}

async function shown(projection: string) {
  const { status, body } = await api.get('/v1/projections', operator);
  expect(status).toBe(200);
  return body.items.find(({ name }: { name: string }) => name === projection);
}
const rebuild = (projection: string, body: object = { reason: 'test' }) =>
  api.post(`/v1/projections/${projection}/rebuild`, operator, body);
const requests = async (projection: 'hosts' | 'tenants') =>
  (await api.log.readStream(null, `projection_${projection}`)).length;

describe('projections', () => {
  it('are listed with the rows that readers see', async () => {
    const { body } = await api.get('/v1/projections', operator);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(
      PROJECTIONS.map(({ name }) => name),
    );
    expect(await shown('hosts')).toMatchObject({
      live: { version: PROJECTIONS.find(({ name }) => name === 'hosts')?.version, position: 0 },
      rebuild: null,
    });
  });

  it('are rebuilt when an operator asks for it, which is recorded once until it is done', async () => {
    const tenant = await api.tenant(operator);
    const before = await shown('tenants');
    const asked = await rebuild('tenants', { reason: 'edited by hand' });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ name: 'tenants', rebuild: { status: 'requested' } });
    expect((await rebuild('tenants')).status).toBe(202);
    const [request] = await api.log.readStream(null, 'projection_tenants');
    expect(request).toMatchObject({
      metadata: { actor: { kind: 'operator' } },
      event: { payload: { projection: 'tenants', reason: 'edited by hand' } },
    });
    expect(await requests('tenants')).toBe(1);
    await withWorker(async () => {
      const isDone = async () => (await shown('tenants')).rebuild;
      await expect.poll(isDone, soon).toBeNull();
      // A list trails the log by a moment, a rebuilt one as any other.
      const listed = async () => (await api.get('/v1/tenants', operator)).body.items;
      await expect.poll(listed, soon).toContainEqual(expect.objectContaining({ id: tenant.id }));
    });
    const after = await shown('tenants');
    expect(after.live.generation).toBeGreaterThan(before.live.generation);
    await rebuild('tenants');
    expect(await requests('tenants')).toBe(2);
  });

  it('that do not exist, or requests without a reason, are refused', async () => {
    const missing = await rebuild('nothing');
    expect([missing.status, missing.body.code]).toEqual([404, 'PROJECTION_NOT_FOUND']);
    expect(missing.body.detail).toMatch(/^There are batches, .*, workloads\.$/);
    const bare = await rebuild('hosts', {});
    expect([bare.status, bare.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(await requests('hosts')).toBe(0);
  });
});

describe('a single read', () => {
  it('begins where the read model of a tenant stands, and does without where there is none', async () => {
    const { id } = await api.tenant(operator, { name: 'As it was registered' });
    await api.project();
    const pool = openPool({ url: api.database.workerUrl, applicationName: 'test-edit' });
    const name = async () => (await api.get(`/v1/tenants/${id}`, operator)).body.name;
    const edited = `UPDATE read.tenants SET state = state || '{"name": "As it is kept"}'`;
    await pool.query(`${edited} WHERE tenant_id = $1`, [id]);
    expect(await name()).toBe('As it is kept');
    await pool.query('TRUNCATE read.tenants');
    expect(await name()).toBe('As it was registered');
    await pool.end();
  });
});
