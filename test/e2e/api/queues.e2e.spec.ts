import { openPool, ToldQueues } from '@bulkhead/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from './api-under-test.js';

const failedAtMs = Date.parse('2026-11-22T10:41:00.000Z');
const quiet = {
  ...{ waiting: 0, active: 0, delayed: 0, failed: 0, failures: [] },
  oldestWaitingAtMs: null,
  newestFailureAtMs: null,
};
const failure = {
  job: 'start-workload-1',
  kind: 'start-workload',
  tenantId: 'ten_1',
  workloadId: 'wl_1',
  hostId: null,
  correlationId: 'cor_1',
  failedAtMs,
  tries: 8,
  reason: 'DriverError: the host did not answer',
};
const failing = {
  ...quiet,
  name: 'starts',
  waiting: 7,
  failed: 1,
  failures: [failure],
  newestFailureAtMs: failedAtMs,
};
const POST_RETRY = '/v1/queues/starts/retry';
let api: ApiUnderTest;
let operator: string;
let pool: pg.Pool;
let told: ToldQueues;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  pool = openPool({ url: api.database.workerUrl, applicationName: 'test' });
  told = new ToldQueues(pool);
});
afterAll(async () => {
  await pool.end();
  await api.stop();
});

describe('an operator who looks at the queues', () => {
  it('sees none before a worker has told of them', async () => {
    const { status, body } = await api.get('/v1/queues', operator);
    expect([status, body]).toEqual([200, { items: [] }]);
    expect((await api.get('/v1/queues/starts', operator)).body.code).toBe('QUEUE_NOT_FOUND');
    expect((await api.post(POST_RETRY, operator, { reason: 'tried' })).status).toBe(404);
  });

  it('and anybody learns from readiness whether the queues serve the workers, or nobody tells', async () => {
    const soon = { timeout: 10_000, interval: 100 };
    const ready = () => api.call('GET', '/health/ready').then(({ body }) => body);
    const isQueue = (queue: string) => expect.objectContaining({ queue, consumers: 'ok' });
    expect(await ready()).toEqual({ status: 'degraded', checks: isQueue('silent') });
    await told.store('redis', [{ ...quiet, name: 'stops' }]);
    await expect.poll(ready, soon).toEqual({ status: 'ok', checks: isQueue('ok') });
    await told.storeUnreachable(['stops']);
    await expect.poll(ready, soon).toEqual({ status: 'degraded', checks: isQueue('unreachable') });
  });

  it('sees how much waits, for how long, and what failed for good', async () => {
    const oldestWaitingAtMs = Date.now() - 60_000;
    await told.store('redis', [
      { ...quiet, name: 'stops' },
      { ...failing, oldestWaitingAtMs },
    ]);
    const { body } = await api.get('/v1/queues', operator);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['starts', 'stops']);
    const [starts, stops] = body.items;
    expect(stops).toMatchObject({ status: 'working', oldestWaitingSeconds: 0, advice: null });
    expect(starts).toMatchObject({
      status: 'working',
      datastore: 'redis',
      jobs: { waiting: 7, active: 0, delayed: 0, failed: 1 },
      failures: [{ workload: 'wl_1', failedAt: '2026-11-22T10:41:00.000Z', tries: 8 }],
      advice: expect.stringContaining('bulkhead queue retry starts'),
    });
    expect(starts.oldestWaitingSeconds).toBeGreaterThanOrEqual(60);
    expect((await api.get('/v1/queues/starts', operator)).body).toEqual({
      ...starts,
      toldSecondsAgo: expect.any(Number),
    });
  });

  it('is told where the figures are old, because the queues or the workers are away', async () => {
    await told.storeUnreachable(['stops']);
    const stops = () => api.get('/v1/queues/stops', operator).then(({ body }) => body);
    expect(await stops()).toMatchObject({ status: 'unreachable', jobs: { waiting: 0 } });
    await told.store('redis', [{ ...quiet, name: 'stops' }]);
    // As after a worker was killed, whose work another one takes over.
    await pool.query(`UPDATE consumers.queues SET told_at = told_at - interval '8 seconds'`);
    expect(await stops()).toMatchObject({ status: 'working' });
    await pool.query(`UPDATE consumers.queues SET told_at = told_at - interval '5 seconds'`);
    expect(await stops()).toMatchObject({ status: 'silent' });
    await pool.query(`UPDATE consumers.queues SET told_at = told_at - interval '1 minute'`);
    expect(await stops()).toMatchObject({
      status: 'silent',
      toldSecondsAgo: expect.closeTo(73, -1),
      advice: expect.stringMatching(/worker/),
    });
  });

  it('has failed jobs tried again, which the log records once for those failures, with who and why', async () => {
    await told.store('redis', [{ ...quiet, name: 'stops' }, failing]);
    const retried = await api.post(POST_RETRY, operator, { reason: 'repaired' });
    expect([retried.status, retried.body.consequence]).toEqual([
      202,
      expect.stringContaining('The failed job of queue starts is tried anew'),
    ]);
    expect((await api.post(POST_RETRY, operator, { reason: 'again' })).status).toBe(202);
    const acts = await api.log.readStream(null, 'queue_starts');
    expect(acts.map(({ event }) => event)).toEqual([
      expect.objectContaining({
        type: 'QueueRetryRequested',
        payload: {
          queue: 'starts',
          failedJobs: 1,
          newestFailureMs: failedAtMs,
          reason: 'repaired',
        },
      }),
    ]);
    expect(acts[0]?.metadata.actor.kind).toBe('operator');
  });

  it('is refused where nothing has failed, or no reason is given', async () => {
    const refused = await api.post('/v1/queues/stops/retry', operator, { reason: 'tried' });
    expect([refused.status, refused.body.code]).toEqual([409, 'QUEUE_WITHOUT_FAILURES']);
    expect((await api.post(POST_RETRY, operator, {})).status).toBe(400);
  });
});

describe('whoever is no operator', () => {
  it('neither sees the queues nor has anything tried again', async () => {
    const auditor = await api.platformToken('auditor');
    const { token } = await api.tenant(operator);
    for (const other of [auditor, token]) {
      expect((await api.get('/v1/queues', other)).status).toBe(403);
      expect((await api.get('/v1/queues/starts', other)).status).toBe(403);
      expect((await api.post(POST_RETRY, other, { reason: 'tried' })).status).toBe(403);
    }
  });
});
