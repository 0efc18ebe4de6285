import { randomUUID } from 'node:crypto';
import type { RecordedEvent } from '@bulkhead/domain';
import pg from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { LOOK_POSITIONS_MAX } from '../log/look-on.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, tookOver, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { openReadModels } from '../projections/open-read-models.js';
import { CheckpointRefused, loadCheckpoint, moveCheckpoint } from './checkpoint.js';
import { Consumer } from './consumer.js';
import type { ConsumerOptions } from './consumer-options.js';
import { BUSY_EVENTS, GATHER_MS } from './follower.js';
import { Leases } from './lease.js';
import { LogListener } from './log-listener.js';

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };
const NAME = 'follower';
let database: FreshDatabase;
let pool: pg.Pool;
let dataSource: DataSource;
let listener: LogListener;
let log: PostgresLog;
let running: { stop: AbortController; done: Promise<void> }[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'consumer-int' });
  dataSource = await openReadModels({
    url: database.workerUrl,
    applicationName: 'consumer-int-orm',
  });
  listener = new LogListener(database.workerUrl);
  listener.start();
  const admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  await admin.query('CREATE TABLE public.effects (nr serial, position bigint)');
  await admin.query('GRANT ALL ON public.effects, public.effects_nr_seq TO PUBLIC');
  await admin.end();
});

beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  await pool.query('DELETE FROM public.effects');
  log = new PostgresLog({ pool, newEventId: uuid });
});

afterEach(async () => {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ done }) => done));
  running = [];
});

afterAll(async () => {
  await listener.close();
  await dataSource.destroy();
  await pool.end();
  await database.drop();
});

async function writeEffects(batch: readonly RecordedEvent[], transaction: EntityManager) {
  await transaction.query('INSERT INTO public.effects (position) SELECT unnest($1::bigint[])', [
    batch.map(({ position }) => position),
  ]);
}

async function effects(): Promise<number[]> {
  const { rows } = await pool.query('SELECT position FROM public.effects ORDER BY nr');
  return rows.map(({ position }) => Number(position));
}

function run(options: Partial<ConsumerOptions> = {}): Consumer {
  const consumer = new Consumer({
    name: NAME,
    log,
    dataSource,
    leases: new Leases({ pool, owner: randomUUID() }),
    listener,
    logger: QUIET,
    apply: writeEffects,
    ...options,
  });
  const stop = new AbortController();
  running.push({ stop, done: consumer.run(stop.signal) });
  return consumer;
}

async function stopAll(): Promise<void> {
  for (const { stop } of running) stop.abort();
  await Promise.all(running.map(({ done }) => done));
  running = [];
}

/** As only a superuser can, because so many appends would take a while. */
async function growAtOnce(count: number): Promise<void> {
  const admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  await admin.query(
    `INSERT INTO log.events
     SELECT nr, gen_random_uuid(), 'wl_1', nr, 'ten_a', 'WorkloadCancelRequested', 1, now(), now(), '{}', '{}'
       FROM generate_series(1, $1::integer) AS nr`,
    [count],
  );
  await admin.end();
}

const appendEvents = (count: number) =>
  log.append(append(write(`wl_${uuid()}`, 0, Array(count).fill('x'))));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const soon = { interval: 20 };

describe('a consumer', () => {
  it('applies every event once and in order, before and while the log grows', async () => {
    await appendEvents(5);
    const consumer = run({ batchLimit: 2, pollMs: 60_000 });
    await expect.poll(effects, soon).toEqual(upTo(5));
    await Promise.all([appendEvents(3), appendEvents(3)]);
    await expect.poll(effects, soon).toEqual(upTo(11));
    // Others may see what it has committed before it has heard so itself.
    await expect.poll(() => consumer.position, soon).toBe(11);
    expect(await consumer.lag()).toBe(0);
  });

  it('gathers what comes within a moment while the log is busy, and a single event waits for nobody', async () => {
    const waits: number[] = [];
    const after = (delayMs: number, act: () => void) => {
      waits.push(delayMs);
      const timer = setTimeout(act, delayMs);
      return () => clearTimeout(timer);
    };
    run({ timers: { after }, pollMs: 60_000 });
    await appendEvents(1);
    await expect.poll(effects, soon).toEqual(upTo(1));
    expect(waits).not.toContain(GATHER_MS);
    await appendEvents(BUSY_EVENTS);
    await expect.poll(() => waits, soon).toContain(GATHER_MS);
    expect(await effects()).toEqual(upTo(1 + BUSY_EVENTS));
  });

  it('goes on where it was, whichever process runs it next', async () => {
    await appendEvents(3);
    run();
    await expect.poll(effects, soon).toEqual(upTo(3));
    await stopAll();
    await appendEvents(2);
    run();
    await expect.poll(effects, soon).toEqual(upTo(5));
  });

  it('works in one process only, however many run it', async () => {
    const consumers = [run(), run(), run()];
    for (let nr = 0; nr < 10; nr += 1) await appendEvents(2);
    await expect.poll(effects, soon).toEqual(upTo(20));
    const positions = () => consumers.flatMap(({ position }) => position ?? []);
    await expect.poll(positions, soon).toEqual([20]);
    expect(await Promise.all(consumers.map((one) => one.lag()))).toEqual([0, 0, 0]);
  });

  it('is taken over in under five seconds when its owner dies without a word', async () => {
    const dead = new Leases({ pool, owner: randomUUID() });
    await dead.acquire(`consumer:${NAME}`);
    await appendEvents(1);
    const startedAt = performance.now();
    run();
    await expect.poll(effects, { timeout: 8_000, interval: 20 }).toEqual([1]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('may begin in the middle of the log, but not beyond its head', async () => {
    await appendEvents(5);
    run({ startAfter: 3 });
    await expect.poll(effects, soon).toEqual([4, 5]);
    await expect(loadCheckpoint(dataSource, 'early', 6)).rejects.toThrow(RangeError);
    expect(await loadCheckpoint(dataSource, NAME, 6)).toBe(5);
  });

  it('wakes up by polling when nothing wakes it', async () => {
    const deaf = new LogListener(database.workerUrl);
    run({ listener: deaf, pollMs: 50 });
    await appendEvents(1);
    await expect.poll(effects, soon).toEqual([1]);
  });

  it('moves past events of other types without applying them', async () => {
    const apply = vi.fn(writeEffects);
    const consumer = run({ types: ['PlacerTookOver'], apply, pollMs: 50 });
    await appendEvents(150);
    await expect.poll(() => loadCheckpoint(dataSource, NAME), soon).toBe(150);
    await appendEvents(1);
    await expect.poll(() => loadCheckpoint(dataSource, NAME), soon).toBe(151);
    expect(consumer.position).toBe(151);
    expect(apply).not.toHaveBeenCalled();
  });

  it('comes through a long log that holds hardly anything for it, so many positions a statement', async () => {
    const length = 2 * LOOK_POSITIONS_MAX + 10;
    await growAtOnce(length - 1);
    await log.append(
      append({ owner: null, stream: 'placer', expectedVersion: 0, events: [tookOver] }),
    );
    const reads = vi.spyOn(log, 'readAll');
    run({ types: ['PlacerTookOver'], batchLimit: 5 });
    await expect.poll(effects, soon).toEqual([length]);
    for (const [{ afterPosition, throughPosition = length }] of reads.mock.calls) {
      expect(throughPosition - afterPosition).toBeLessThanOrEqual(LOOK_POSITIONS_MAX);
    }
  });
});

describe('effect and checkpoint', () => {
  it('commit together: a crash between them leaves neither', async () => {
    await appendEvents(3);
    let crashes = 2;
    run({
      apply: async (batch, transaction) => {
        await writeEffects(batch, transaction);
        if (crashes-- > 0) throw new Error('crashed after the effect');
      },
    });
    await expect.poll(effects, soon).toEqual(upTo(3));
    expect(await loadCheckpoint(dataSource, NAME)).toBe(3);
  });

  it('come about event by event where a batch is more than can be done in time', async () => {
    await appendEvents(5);
    run({
      apply: async (batch, transaction) => {
        await transaction.query('SET LOCAL statement_timeout = 400');
        await transaction.query('SELECT pg_sleep($1)', [batch.length * 0.1]);
        await writeEffects(batch, transaction);
      },
    });
    await expect.poll(effects, soon).toEqual(upTo(5));
    expect(await loadCheckpoint(dataSource, NAME)).toBe(5);
  });

  it('survive a connection that is cut in the middle of a batch', async () => {
    await appendEvents(3);
    let cuts = 2;
    run({
      apply: async (batch, transaction) => {
        await writeEffects(batch, transaction);
        if (cuts-- > 0) await transaction.query('SELECT pg_terminate_backend(pg_backend_pid())');
      },
    });
    await expect.poll(effects, soon).toEqual(upTo(3));
  });

  it('leave nothing of a batch whose lease was taken over while it was applied', async () => {
    await appendEvents(3);
    const warn = vi.fn();
    let isTaken = false;
    run({
      logger: { ...QUIET, warn },
      apply: async (batch, transaction) => {
        await writeEffects(batch, transaction);
        if (isTaken) return;
        isTaken = true;
        await pool.query(
          `UPDATE consumers.leases SET owner = $1, epoch = epoch + 1, lease_until = 'infinity'`,
          [randomUUID()],
        );
      },
    });
    const messages = () => warn.mock.calls.map(([, message]) => message);
    await expect.poll(messages, soon).toContain('consumer was taken over');
    expect(await effects()).toEqual([]);
    expect(await loadCheckpoint(dataSource, NAME)).toBe(0);
    await pool.query(`UPDATE consumers.leases SET lease_until = '-infinity'`);
    await expect.poll(() => loadCheckpoint(dataSource, NAME), soon).toBe(3);
    expect(await effects()).toEqual(upTo(3));
  });

  it('are refused to an owner whose lease was taken over in the meantime', async () => {
    await appendEvents(1);
    const [first, second] = [randomUUID(), randomUUID()].map(
      (owner) => new Leases({ pool, owner, ttlMs: 100 }),
    ) as [Leases, Leases];
    const stale = await first.acquire(`consumer:${NAME}`);
    await loadCheckpoint(dataSource, NAME);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const fresh = await second.acquire(`consumer:${NAME}`);
    const move = (lease: typeof stale, { owner }: Leases, from = 0) =>
      dataSource.transaction(async (transaction) => {
        await writeEffects([{ position: from + 1 } as RecordedEvent], transaction);
        if (lease === null) throw new Error('no lease');
        await moveCheckpoint(transaction, { name: NAME, lease, owner, from, to: from + 1 });
      });
    await expect(move(stale, first)).rejects.toBeInstanceOf(CheckpointRefused);
    expect(await effects()).toEqual([]);
    await move(fresh, second);
    // The same move again: somebody else has been here.
    await expect(move(fresh, second)).rejects.toBeInstanceOf(CheckpointRefused);
    expect(await effects()).toEqual([1]);
  });

  it('are refused to what an owner began before it lost its lease and got it back', async () => {
    const leases = new Leases({ pool, owner: randomUUID() });
    const name = `consumer:${NAME}`;
    const before = await leases.acquire(name);
    await loadCheckpoint(dataSource, NAME);
    await pool.query(`UPDATE consumers.leases SET lease_until = '-infinity'`);
    const after = await leases.acquire(name);
    if (before === null || after === null) throw new Error('no lease');
    const { owner } = leases;
    const move = { name: NAME, owner, from: 0, to: 1 };
    await expect(
      moveCheckpoint(dataSource.manager, { ...move, lease: before }),
    ).rejects.toBeInstanceOf(CheckpointRefused);
    await moveCheckpoint(dataSource.manager, { ...move, lease: after });
    expect(await loadCheckpoint(dataSource, NAME)).toBe(1);
  });
});

describe('the listener', () => {
  it('connects again after its connection was cut', async () => {
    // Counted before: it might have connected again by the time at which we hear that it was cut.
    const before = listener.growths;
    const { rowCount } = await pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'bulkhead-listen' AND datname = current_database()`,
    );
    expect(rowCount).toBe(1);
    await expect.poll(() => listener.growths, soon).toBeGreaterThan(before);
    run({ pollMs: 60_000 });
    await appendEvents(1);
    await expect.poll(effects, soon).toEqual([1]);
    await appendEvents(1);
    await expect.poll(effects, soon).toEqual([1, 2]);
  });
});
