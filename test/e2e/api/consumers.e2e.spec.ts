import { randomUUID } from 'node:crypto';
import { BrokenInvariant, type WorkloadId } from '@bulkhead/domain';
import {
  Consumer,
  Leases,
  LogListener,
  openPool,
  openReadModels,
  PostgresLog,
  ToldQueues,
  TreeStops,
} from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

const NAME = 'dispatch';
const soon = { timeout: 10_000, interval: 50 };
let api: ApiUnderTest;
let operator: string;
const applied: number[] = [];
let closing: () => Promise<void>;

/** A consumer as a worker runs it, which cannot apply the event at the head of the log. */
async function startPoisoned(): Promise<{ consumer: Consumer; poison: Set<number> }> {
  const url = api.database.workerUrl;
  const pool = openPool({ url, applicationName: 'test-consumer' });
  const dataSource = await openReadModels({ url, applicationName: 'test-consumer-orm' });
  const listener = new LogListener(url);
  const log = new PostgresLog({ pool, newEventId: v7 });
  const poison = new Set([await log.head()]);
  const consumer = new Consumer({
    name: NAME,
    log,
    dataSource,
    leases: new Leases({ pool, owner: randomUUID() }),
    listener,
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    apply: async (batch) => {
      if (batch.some(({ position }) => poison.has(position))) throw new BrokenInvariant('bad');
      applied.push(...batch.map(({ position }) => position));
    },
  });
  listener.start();
  const stop = new AbortController();
  const running = consumer.run(stop.signal);
  closing = async () => {
    stop.abort();
    await running;
    await listener.close();
    await dataSource.destroy();
    await pool.end();
  };
  return { consumer, poison };
}

/** Tells of a queue, as a worker does every two seconds. */
async function tellOfQueue(): Promise<void> {
  const pool = openPool({ url: api.database.workerUrl, applicationName: 'test-queues' });
  const counts = { waiting: 0, active: 0, delayed: 0, failed: 0, failures: [] };
  const times = { oldestWaitingAtMs: null, newestFailureAtMs: null };
  await new ToldQueues(pool).store('postgres', [{ name: 'starts', ...counts, ...times }]);
  await pool.end();
}

async function shown() {
  const { status, body } = await api.get('/v1/consumers', operator);
  expect(status).toBe(200);
  return body.items.find(({ name }: { name: string }) => name === NAME);
}
const act = (verb: string, body: object, name = NAME) =>
  api.post(`/v1/consumers/${name}/${verb}`, operator, body);

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(async () => {
  await closing?.();
  await api.stop();
});

describe('an operator whose consumer has stopped', () => {
  let position: number;

  it('sees which, before which event, since when and why, and readiness says so in a word, of it and not of the queue', async () => {
    await tellOfQueue();
    expect((await api.call('GET', '/health/ready')).body).toEqual({
      status: 'ok',
      checks: { postgres: 'ok', queue: 'ok', consumers: 'ok' },
    });
    const { consumer } = await startPoisoned();
    await expect.poll(() => consumer.stopped, soon).not.toBeNull();
    position = consumer.stopped?.position ?? 0;
    expect(await shown()).toMatchObject({
      status: 'stopped',
      position: position - 1,
      lagEvents: 1,
      projection: null,
      trouble: {
        position,
        reason: 'BrokenInvariant: bad',
        advice: expect.stringContaining(`consumer skip ${NAME} --position ${position}`),
        tries: 1,
        maySkip: true,
      },
    });
    await tellOfQueue();
    const ready = () => api.call('GET', '/health/ready').then(({ body }) => body);
    await expect.poll(ready, soon).toEqual({
      status: 'degraded',
      checks: { postgres: 'ok', queue: 'ok', consumers: 'stopped' },
    });
  });

  it('can skip that event and no other, with a reason', async () => {
    const elsewhere = await act('skip', { position: position + 1, reason: 'typo' });
    expect(elsewhere.status).toBe(409);
    expect(elsewhere.body).toMatchObject({
      code: 'CONSUMER_STOPPED_ELSEWHERE',
      stoppedAtPosition: position,
    });
    expect(elsewhere.body.detail).toContain(`is stopped at position ${position}`);
    expect((await act('skip', { position })).status).toBe(400);
    expect((await act('skip', { position: 0, reason: 'x' })).status).toBe(400);
    expect((await act('skip', { position, reason: 'x' }, 'nobody')).status).toBe(404);
  });

  it('has it try again, and it stops again where nothing has changed', async () => {
    const before = (await shown()).trouble.stoppedAt;
    const retried = await act('retry', { reason: 'perhaps' });
    expect(retried.status).toBe(202);
    expect(retried.body.consequence).toContain('stops again if it still cannot apply it');
    await expect.poll(async () => (await shown()).trouble.stoppedAt, soon).not.toBe(before);
    expect((await shown()).trouble.since <= before).toBe(true);
    expect((await shown()).trouble.tries).toBe(2);
  });

  it('skips it, is told what follows, and finds the record in the log', async () => {
    const skipped = await act('skip', { position, reason: 'known to be bad' });
    expect(skipped.status).toBe(202);
    expect(skipped.body.consequence).toContain(`goes on after position ${position}`);
    expect(skipped.body.consequence).toContain('jobs that it asks for are not made');
    await expect.poll(async () => (await shown()).status, soon).toBe('working');
    expect(applied).not.toContain(position);
    expect(await shown()).toMatchObject({ skippedEvents: 1, trouble: null });
    const again = await act('skip', { position, reason: 'again' });
    expect(again.status).toBe(202);
    expect(again.body.consequence).toContain('was left out before');

    const auditor = await api.platformToken('auditor');
    const events = await api.get('/v1/audit/events?type=ConsumerEventSkipped', auditor);
    expect(events.body.items).toHaveLength(1);
    expect(JSON.stringify(events.body.items[0])).toContain('known to be bad');
    expect(JSON.stringify(events.body.items[0])).toContain('"kind":"operator"');
  });

  it('has nothing to skip or retry while it works', async () => {
    const answers = [
      await act('skip', { position: 1, reason: 'x' }),
      await act('retry', { reason: 'x' }),
    ];
    for (const { status, body } of answers) {
      expect([status, body.code]).toEqual([409, 'CONSUMER_NOT_STOPPED']);
      expect(body.stoppedAtPosition).toBeNull();
    }
  });
});

describe('an operator whose tree over the log has stopped', () => {
  const reason = 'the log ends at position 3, but its tree has 914 leaves: its end was cut off';
  let pool: ReturnType<typeof openPool>;

  beforeAll(async () => {
    pool = openPool({ url: api.database.workerUrl, applicationName: 'test-tree' });
    await pool.query(
      `INSERT INTO consumers.checkpoints (name, position, updated_at) VALUES ('tree', 914, now())`,
    );
    await new TreeStops(pool).store(reason);
  });
  afterAll(() => pool.end());

  it('sees it stopped, with the reason and what to do', async () => {
    const { body } = await api.get('/v1/consumers', operator);
    const tree = body.items.find(({ name }: { name: string }) => name === 'tree');
    expect(tree).toMatchObject({
      status: 'stopped',
      trouble: { position: (await api.log.head()) + 1, reason, maySkip: false },
    });
    expect(tree.trouble.advice).toContain('Keep every tree head');
  });

  it('cannot have it tried again by a word, and is told precisely why', async () => {
    const { status, body } = await act('retry', { reason: 'perhaps' }, 'tree');
    expect([status, body.code]).toEqual([409, 'CONSUMER_NOT_RETRYABLE']);
    expect(body.detail).toContain('the log is not the one that was signed');
    expect(body.detail).toContain('start its workers again');
    const skipped = await act('skip', { position: 1, reason: 'perhaps' }, 'tree');
    expect(skipped.status).toBe(409);
  });
});

describe('an api of an older version', () => {
  it('asks to come back later about a stream that holds a newer event, instead of guessing', async () => {
    const { token, id } = await api.tenant(operator);
    const submitted = await api.post('/v1/workloads', token, submission());
    const stream: WorkloadId = submitted.body.id;
    const { length } = await api.log.readStream(id, stream);
    const newer = { type: 'WorkloadTeleported', schemaVersion: 1, occurredAtMs: 1, payload: {} };
    await api.log.append({
      streams: [{ owner: id, stream, expectedVersion: length, events: [newer as never] }],
      metadata: {
        actor: { kind: 'system', id: 'newer' },
        correlationId: 'newer',
        causationPosition: null,
      },
    });
    const answers = [
      await api.get(`/v1/workloads/${stream}`, token),
      await api.get(`/v1/workloads/${stream}/events`, token),
      await api.post(`/v1/workloads/${stream}/cancel`, token, {}),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, body.code]).toEqual([503, 'UPGRADING']);
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
      expect(JSON.stringify(body)).not.toContain('Teleported');
    }
    expect((await api.get('/v1/workloads', token)).status).toBe(200);
  });
});
