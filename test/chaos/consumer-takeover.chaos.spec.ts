import { setTimeout as sleep } from 'node:timers/promises';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { append, write } from '../../libs/event-store/src/log/samples.contract.js';
import { type FreshDatabase, freshDatabase } from '../postgres/fresh-database.js';
import { ConsumerProcesses } from './consumers/consumer-processes.js';

const KILLS = 2;
const TAKEOVER_MAX_MS = 5_000;
const POLL_MS = 20;
const WORK_BEFORE_KILL_MS = 300;
const soon = { timeout: 15_000, interval: POLL_MS };
let database: FreshDatabase;
let pool: pg.Pool;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  const admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  await admin.query('CREATE TABLE public.effects (nr serial, position bigint, owner uuid)');
  await admin.query('GRANT ALL ON public.effects, public.effects_nr_seq TO PUBLIC');
  await admin.end();
  pool = openPool({ url: database.workerUrl, applicationName: 'takeover' });
  log = new PostgresLog({ pool, newEventId: v7 });
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

async function effects(): Promise<{ position: number; owner: string }[]> {
  const { rows } = await pool.query('SELECT position, owner FROM public.effects ORDER BY nr');
  return rows.map(({ position, owner }) => ({ position: Number(position), owner }));
}

async function ownerOf(name: string): Promise<string | null> {
  const { rows } = await pool.query(
    'SELECT owner FROM consumers.leases WHERE name = $1 AND lease_until > clock_timestamp()',
    [`consumer:${name}`],
  );
  return rows[0]?.owner ?? null;
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Appends without a pause, so that the log never stops growing while owners die. */
function keepWriting(): { stop(): Promise<void> } {
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      await log.append(append(write(`wl_${v7()}`, 0, ['a', 'b', 'c'])));
      await sleep(POLL_MS);
    }
  })();
  return {
    stop: () => {
      isOver = true;
      return writing;
    },
  };
}

describe('three processes that follow the log under one name', () => {
  const name = 'chaos';
  let processes: ConsumerProcesses;

  beforeAll(async () => {
    processes = new ConsumerProcesses(database.workerUrl, name);
    await Promise.all([processes.start(), processes.start(), processes.start()]);
  });
  afterAll(() => processes.killAll());

  it('replace each other in under five seconds after kill -9, and apply every event once, in order', async () => {
    const writer = keepWriting();
    const tookMs: number[] = [];
    const owners = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(WORK_BEFORE_KILL_MS);
      // On a busy machine a lease may run out, and nobody has it for a moment.
      let victim = '';
      await expect.poll(async () => (victim = (await ownerOf(name)) ?? ''), soon).not.toBe('');
      await expect
        .poll(async () => (await effects()).some(({ owner }) => owner === victim), soon)
        .toBe(true);
      await processes.kill(victim);
      const killedAtMs = performance.now();
      const { length } = await effects();
      await expect.poll(async () => (await effects()).length, soon).toBeGreaterThan(length);
      tookMs.push(Math.round(performance.now() - killedAtMs));
      owners.add(victim);
      await processes.start();
    }
    await writer.stop();
    const head = await log.head();
    await expect.poll(async () => (await effects()).length, soon).toBe(head);
    console.info(JSON.stringify({ takeoverMs: tookMs, events: head }));
    expect((await effects()).map(({ position }) => position)).toEqual(upTo(head));
    expect(Math.max(...tookMs)).toBeLessThan(TAKEOVER_MAX_MS);
    expect(owners.size).toBe(KILLS);
    expect(processes.failures).toEqual([]);
  });
});

describe('a process of an older release', () => {
  const name = 'mixed';
  let processes: ConsumerProcesses;

  beforeAll(async () => {
    await pool.query('DELETE FROM public.effects');
    processes = new ConsumerProcesses(database.workerUrl, name);
  });
  afterAll(() => processes.killAll());

  it('waits before an event that it does not know, while a newer process takes over and goes on', async () => {
    const old = await processes.start('WorkloadCancelRequested');
    const trouble = async () => {
      const { rows } = await pool.query('SELECT * FROM consumers.troubles WHERE name = $1', [name]);
      return rows[0]?.kind ?? null;
    };
    await expect.poll(trouble, soon).toBe('waiting');
    expect(await effects()).toEqual([]);
    const young = await processes.start();
    const head = await log.head();
    await expect.poll(async () => (await effects()).length, soon).toBe(head);
    expect(new Set((await effects()).map(({ owner }) => owner))).toEqual(new Set([young]));
    expect(await trouble()).toBeNull();
    expect(processes.isAlive(old)).toBe(true);
    expect(processes.failures).toEqual([]);
  });
});
