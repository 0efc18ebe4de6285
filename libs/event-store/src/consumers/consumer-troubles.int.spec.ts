import { randomUUID } from 'node:crypto';
import {
  BrokenInvariant,
  consumerDecider,
  consumerStream,
  event,
  type RecordedEvent,
  upcasters,
  type WorkloadTimedOut,
} from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { executeCommand } from '../log/execute-command.js';
import { KNOWN_EVENTS, KnownEvents } from '../log/known-events.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, METADATA, TENANT_A, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { openReadModels } from '../projections/open-read-models.js';
import { loadCheckpoint } from './checkpoint.js';
import { Consumer } from './consumer.js';
import type { ConsumerOptions } from './consumer-options.js';
import { Leases } from './lease.js';
import { listConsumers } from './list-consumers.js';
import { LogListener } from './log-listener.js';
import type { PauseTimers } from './pause.js';

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };
const NAME = 'follower';
const soon = { interval: 20 };
/** A fault is tried for some seconds before it counts as permanent; these are a twentieth as long. */
const quick: PauseTimers = {
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs / 20);
    return () => clearTimeout(timer);
  },
};
let database: FreshDatabase;
let pool: pg.Pool;
let apiPool: pg.Pool;
let dataSource: DataSource;
let listener: LogListener;
let log: PostgresLog;
let applied: number[];
let running: { stop: AbortController; done: Promise<void> }[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'troubles' });
  apiPool = openPool({ url: database.apiUrl, applicationName: 'troubles-api' });
  dataSource = await openReadModels({ url: database.workerUrl, applicationName: 'troubles-orm' });
  listener = new LogListener(database.workerUrl);
  listener.start();
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  log = new PostgresLog({ pool, newEventId: uuid });
  applied = [];
});
afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ done }) => done));
  running = [];
});
afterAll(async () => {
  await listener.close();
  await dataSource.destroy();
  await Promise.all([pool.end(), apiPool.end()]);
  await database.drop();
});

/** Applies events by noting their positions, except at those that it can never apply. */
const applyBut = (poison: Set<number>) => async (batch: readonly RecordedEvent[]) => {
  if (batch.some(({ position }) => poison.has(position))) throw new BrokenInvariant('it is bad');
  applied.push(...batch.map(({ position }) => position));
};

function run(options: Partial<ConsumerOptions> = {}): Consumer {
  const leases = new Leases({ pool, owner: randomUUID() });
  const around = { name: NAME, log, dataSource, leases, listener, logger: QUIET };
  const consumer = new Consumer({ ...around, apply: applyBut(new Set()), ...options });
  const stop = new AbortController();
  running.push({ stop, done: consumer.run(stop.signal) });
  return consumer;
}

const appendEvents = (count: number, stream = `wl_${uuid()}` as const, version = 0) =>
  log.append(append(write(stream, version, Array(count).fill('x'))));
const overview = async () => (await listConsumers(apiPool)).find(({ name }) => name === NAME);

/** Waits that end when a test lets them. */
function heldBack(): { timers: PauseTimers; goOn: () => void } {
  const waits = new Set<() => void>();
  const after = (_delayMs: number, act: () => void) => {
    waits.add(act);
    return () => void waits.delete(act);
  };
  const goOn = () => {
    for (const act of [...waits]) act();
  };
  return { timers: { after }, goOn };
}

/** What the api does when an operator says so. */
async function operator(act: { kind: 'skip-event'; position: number } | { kind: 'retry' }) {
  return executeCommand({
    log,
    owner: null,
    stream: consumerStream(NAME),
    decider: consumerDecider,
    metadata: METADATA,
    command: async () => ({
      ...act,
      consumer: NAME,
      reason: 'said so',
      trouble: (await overview())?.trouble ?? null,
      nowMs: Date.now(),
    }),
  });
}

describe('a poisoned event', () => {
  it('stops its consumer loudly, right before it, and lets a repaired one go on', async () => {
    await appendEvents(6);
    const onStopped = vi.fn();
    const error = vi.fn();
    const logger = { ...QUIET, error };
    const apply = async (batch: readonly RecordedEvent[]) => {
      if (batch.some(({ position }) => position === 4)) throw new Error('cannot be applied');
      applied.push(...batch.map(({ position }) => position));
    };
    const consumer = run({ apply, onStopped, logger, timers: quick });
    await expect.poll(() => consumer.stopped, soon).toMatchObject({ position: 4 });
    expect(onStopped).toHaveBeenCalledOnce();
    expect(error).toHaveBeenCalledOnce();
    expect(applied).toEqual([1, 2, 3]);
    expect(await loadCheckpoint(dataSource, NAME)).toBe(3);
    expect(await overview()).toMatchObject({
      position: 3,
      lagEvents: 3,
      trouble: { kind: 'stopped', position: 4, reason: 'Error: cannot be applied' },
    });
    run();
    await expect.poll(() => applied, soon).toEqual([1, 2, 3, 4, 5, 6]);
    await expect.poll(async () => (await overview())?.trouble, soon).toBeNull();
    await expect.poll(() => consumer.stopped, soon).toBeNull();
  });

  it('is tried again when an operator says so, once for each time', async () => {
    await appendEvents(2);
    const poison = new Set([2]);
    const { timers, goOn } = heldBack();
    const consumer = run({ apply: applyBut(poison), timers });
    await expect.poll(() => consumer.stopped?.position, soon).toBe(2);
    poison.clear();
    // Said once more before the consumer has looked: it would have gone on, and be stopped no more.
    await operator({ kind: 'retry' });
    expect(await operator({ kind: 'retry' })).toMatchObject({ accepted: true, events: [] });
    goOn();
    await expect.poll(() => applied, soon).toEqual([1, 2, 3]);
    expect(consumer.stopped).toBeNull();
  });

  it('shows how often and when last it was tried, and since when it stands there', async () => {
    await appendEvents(2);
    const consumer = run({ apply: applyBut(new Set([2])) });
    await expect.poll(() => consumer.stopped?.position, soon).toBe(2);
    const before = (await overview())?.trouble;
    expect(before).toMatchObject({ tries: 1, sinceMs: before?.stoppedAtMs });
    await operator({ kind: 'retry' });
    await expect.poll(async () => (await overview())?.trouble?.tries, soon).toBe(2);
    const after = (await overview())?.trouble;
    expect(after?.sinceMs).toBe(before?.sinceMs);
    expect(after?.stoppedAtMs).toBeGreaterThan(before?.stoppedAtMs ?? Number.POSITIVE_INFINITY);
  });

  it('is left out when an operator says so, and exactly that one', async () => {
    await appendEvents(4);
    const poison = new Set([2]);
    const [first, second] = [run({ apply: applyBut(poison) }), run({ apply: applyBut(poison) })];
    // Whoever owns it stops; the other one takes over and stops as well.
    await expect.poll(() => first.stopped?.position, soon).toBe(2);
    await expect.poll(() => second.stopped?.position, soon).toBe(2);
    expect(await operator({ kind: 'skip-event', position: 3 })).toMatchObject({
      accepted: false,
      rejection: { code: 'CONSUMER_STOPPED_ELSEWHERE' },
    });
    await operator({ kind: 'skip-event', position: 2 });
    await expect.poll(() => applied, soon).toEqual([1, 3, 4, 5]);
    // The effect is seen before its transaction has ended.
    await expect
      .poll(overview, soon)
      .toMatchObject({ position: 5, skippedCount: 1, trouble: null });
    expect(await operator({ kind: 'skip-event', position: 2 })).toMatchObject({ events: [] });
  });

  it('takes the rest of its stream with it, where the result is made stream by stream', async () => {
    await appendEvents(3, 'wl_1');
    await appendEvents(1, 'wl_2');
    const consumer = run({ apply: applyBut(new Set([2])), skips: 'stream' });
    await expect.poll(() => consumer.stopped?.position, soon).toBe(2);
    await operator({ kind: 'skip-event', position: 2 });
    await expect.poll(() => applied, soon).toEqual([1, 4, 5]);
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ done }) => done));
    await appendEvents(1, 'wl_1', 3);
    await appendEvents(1, 'wl_2', 1);
    run({ skips: 'stream' });
    await expect.poll(() => applied, soon).toEqual([1, 4, 5, 7]);
  });

  it('cannot be left out where a gap would make the result worthless', async () => {
    await appendEvents(1);
    const consumer = run({ apply: applyBut(new Set([1])), skips: 'never' });
    await expect.poll(() => consumer.stopped, soon).not.toBeNull();
    const refused = { accepted: false, rejection: { code: 'CONSUMER_NOT_SKIPPABLE' } };
    expect(await operator({ kind: 'skip-event', position: 1 })).toMatchObject(refused);
  });
});

describe('an event of an older version that cannot be made into the newest', () => {
  const broken = {
    ...upcasters,
    WorkloadCancelRequested: {
      1: () => {
        throw new TypeError('there is no such field');
      },
    },
  };
  const timedOut = event<WorkloadTimedOut>('WorkloadTimedOut', 1, { attempt: 1 } as never);
  const readable = () => log.append(append({ ...write(`wl_${uuid()}`, 0), events: [timedOut] }));

  it('stops its consumer loudly, and is left out when an operator says so', async () => {
    await readable();
    await appendEvents(1);
    await readable();
    const known = new KnownEvents({ ...KNOWN_EVENTS, WorkloadCancelRequested: 2 }, broken);
    const own = new PostgresLog({ pool, newEventId: uuid, knownEvents: known });
    const consumer = run({ log: own });
    await expect.poll(() => consumer.stopped, soon).toMatchObject({ position: 2 });
    expect(applied).toEqual([1]);
    expect((await overview())?.trouble).toMatchObject({
      ...{ kind: 'stopped', position: 2, type: 'WorkloadCancelRequested' },
      ...{ eventId: expect.any(String), mayBeSkipped: true },
      reason: expect.stringContaining(
        'position 2 holds WorkloadCancelRequested version 1, which cannot be read',
      ),
    });
    expect(await operator({ kind: 'skip-event', position: 2 })).toMatchObject({ accepted: true });
    // The fourth is what the operator said.
    await expect.poll(() => applied, soon).toEqual([1, 3, 4]);
    expect(await overview()).toMatchObject({ trouble: null, skippedCount: 1 });
  });
});

describe('an event that only a newer version of the service knows', () => {
  const { WorkloadCancelRequested: _, ...older } = KNOWN_EVENTS;
  const olderLog = () =>
    new PostgresLog({ pool, newEventId: uuid, knownEvents: new KnownEvents(older, upcasters) });
  const known = () =>
    log.append({
      streams: [
        {
          owner: TENANT_A,
          stream: `wl_${uuid()}`,
          expectedVersion: 0,
          events: [{ type: 'WorkloadTimedOut', schemaVersion: 1, occurredAtMs: 1, payload: {} }],
        } as never,
      ],
      metadata: METADATA,
    });

  it('makes an older process wait before it, and a newer one go on at once', async () => {
    await known();
    await appendEvents(2);
    const warn = vi.fn();
    const old = run({ log: olderLog(), logger: { ...QUIET, warn } });
    await expect.poll(() => old.waiting, soon).toMatchObject({ position: 2 });
    expect(applied).toEqual([1]);
    expect(old.stopped).toBeNull();
    expect(warn.mock.calls.map(([, message]) => message)).toContain(
      'consumer waits for a newer version, which alone knows this event',
    );
    expect((await overview())?.trouble).toMatchObject({
      kind: 'waiting',
      position: 2,
      type: 'WorkloadCancelRequested',
    });
    const startedAt = performance.now();
    const young = run();
    await expect.poll(() => applied, soon).toEqual([1, 2, 3]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await expect.poll(() => old.waiting, soon).toBeNull();
    // The effect is seen before its transaction has ended.
    await expect.poll(() => young.position, soon).toBe(3);
    expect((await overview())?.trouble).toBeNull();
  });

  it('is not for an operator to skip, because nobody knows what it says', async () => {
    await appendEvents(1);
    const old = run({ log: olderLog() });
    await expect.poll(() => old.waiting, soon).not.toBeNull();
    await expect.poll(async () => (await overview())?.trouble, soon).not.toBeNull();
    const refused = { accepted: false, rejection: { code: 'CONSUMER_WAITS' } };
    expect(await operator({ kind: 'skip-event', position: 1 })).toMatchObject(refused);
    expect(await operator({ kind: 'retry' })).toMatchObject(refused);
  });
});

describe('what the api sees of consumers', () => {
  it('is who follows and how far it trails, also while nobody follows', async () => {
    await appendEvents(3);
    await loadCheckpoint(dataSource, NAME);
    expect(await overview()).toMatchObject({ owner: null, position: 0, lagEvents: 3 });
    expect((await overview())?.lagMs).toBeGreaterThanOrEqual(0);
    run();
    await expect.poll(overview, soon).toMatchObject({ lagEvents: 0, lagMs: 0 });
    expect((await overview())?.owner).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('comes from a function: its role may not touch the tables', async () => {
    for (const table of ['troubles', 'skips', 'leases']) {
      await expect(apiPool.query(`SELECT * FROM consumers.${table}`)).rejects.toThrow('denied');
    }
    const manager: Pick<EntityManager, 'query'> = dataSource.manager;
    await expect(manager.query('SELECT * FROM consumers.troubles')).resolves.toEqual([]);
  });
});
