import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { KeptPostgres } from './kept-postgres.js';

/** Fewer than an installation takes, so that giving up takes no minute. */
const STARTS_MAX = 4;
/** Computes and waits for nothing, so it does not notice that its server has gone; it ends once a test says so. */
const BUSY = `SET statement_timeout = '60s';
  DO 'BEGIN LOOP EXIT WHEN (pg_stat_file(''finish'', true)).size IS NOT NULL; END LOOP; END'`;
const IS_BUSY = `SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%LOOP;%' AND pid <> pg_backend_pid()`;
const LONGER_THAN_IT_IS_WATCHED_MS = 2_500;
const AGAIN = { timeout: 60_000, interval: 50 };

let folder: string;
let server: EmbeddedPostgres;
let kept: KeptPostgres;
const said: string[] = [];
const failures: Error[] = [];

const pidFile = () => join(folder, 'data', 'postmaster.pid');
const kill = () => process.kill(Number.parseInt(readFileSync(pidFile(), 'utf8'), 10), 'SIGKILL');

/** What a client is told, or the reason for which it is told nothing. */
async function ask(query: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return Object.values((await client.query(query)).rows[0] ?? {})[0];
  } catch (error) {
    return error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
  server = await startEmbeddedPostgres({ folder });
  kept = new KeptPostgres(server, {
    serverLog: join(folder, 'server.log'),
    warn: (line) => said.push(line),
    fail: (error) => failures.push(error),
    startsMax: STARTS_MAX,
    end: new AbortController().signal,
  });
});

afterAll(async () => {
  await kept.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a Postgres that ends by itself', () => {
  it('is started again where it was, with what was committed', { timeout: 120_000 }, async () => {
    await ask('CREATE TABLE kept AS SELECT 42 AS answer');
    for (let time = 1; time <= 2; time += 1) {
      const saidBefore = said.length;
      kill();
      await expect.poll(() => said.length, AGAIN).toBeGreaterThan(saidBefore);
      await expect.poll(() => ask('SELECT answer FROM kept'), AGAIN).toBe(42);
    }
    expect(failures).toEqual([]);
    expect(server.isRunning()).toBe(false);
  });

  it('is started again once what was running has finished its statement', {
    timeout: 120_000,
  }, async () => {
    const busy = ask(BUSY);
    await expect.poll(() => ask(IS_BUSY), AGAIN).toBe(true);
    kill();
    const tried = expect.stringContaining('Postgres did not start and is tried again');
    await expect.poll(() => said, AGAIN).toContainEqual(tried);
    writeFileSync(join(folder, 'data', 'finish'), '');
    await busy;
    await expect.poll(() => ask('SELECT answer FROM kept'), AGAIN).toBe(42);
    expect(failures).toEqual([]);
  });

  it('is given up where it does not start any more', { timeout: 120_000 }, async () => {
    const last = Number.parseInt(readFileSync(pidFile(), 'utf8'), 10);
    renameSync(join(folder, 'data', 'global'), join(folder, 'global'));
    process.kill(last, 'SIGKILL');
    await expect.poll(() => failures, AGAIN).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/^Postgres does not start: /);
  });
});

describe('a Postgres that is to be started again', () => {
  let other: string;
  let once: EmbeddedPostgres;

  beforeAll(async () => {
    other = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
    once = await startEmbeddedPostgres({ folder: other });
  });
  afterAll(async () => {
    await once.stop();
    rmSync(other, { recursive: true, force: true });
  });

  it('is taken as it is where somebody else has started it by now, or it only seemed to have ended', async () => {
    const again = await once.startAgain();
    expect(again).toMatchObject({ adopted: true, pid: once.pid, url: once.url });
    expect(again.isRunning()).toBe(true);
  });

  it('comes up where some other program has got its number', async () => {
    const file = join(other, 'data', 'postmaster.pid');
    const lines = readFileSync(file, 'utf8').split('\n');
    process.kill(once.pid, 'SIGKILL');
    await expect.poll(() => once.isRunning(), AGAIN).toBe(false);
    const { uid, gid } = statSync(file);
    const account = process.getuid?.() === 0 ? { uid, gid } : {};
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore', ...account });
    try {
      writeFileSync(file, [stranger.pid, ...lines.slice(1)].join('\n'));
      const again = await once.startAgain();
      expect(again.url).toBe(once.url);
      once = again;
      expect(stranger.signalCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  });

  it('is given up at once where its data folder is gone, and nothing empty stands where everything was', async () => {
    const data = join(other, 'data');
    const gone: string[] = [];
    const losing = new KeptPostgres(once, {
      serverLog: join(other, 'server.log'),
      warn: (line) => said.push(line),
      fail: ({ message }) => gone.push(message),
      end: new AbortController().signal,
    });
    try {
      renameSync(data, join(other, 'elsewhere'));
      process.kill(once.pid, 'SIGKILL');
      await expect.poll(() => gone, AGAIN).toHaveLength(1);
    } finally {
      await losing.stop();
    }
    expect(gone[0]).toContain(`its data folder ${data} is gone`);
    expect(existsSync(data)).toBe(false);
  });
});

describe('a Postgres that is told to end together with everything else', () => {
  it('does not come up again while others still finish what they do', async () => {
    const other = mkdtempSync(join(tmpdir(), 'bulkhead-kept-'));
    const end = new AbortController();
    const once = await startEmbeddedPostgres({ folder: other, unwanted: end.signal });
    const warn = (line: string) => said.push(line);
    const fail = (error: Error) => failures.push(error);
    const ending = new KeptPostgres(once, { serverLog: '', warn, fail, end: end.signal });
    const saidBefore = said.length;
    try {
      end.abort(new Error('the end'));
      process.kill(once.pid, 'SIGTERM');
      await expect.poll(() => once.isRunning(), AGAIN).toBe(false);
      await sleep(LONGER_THAN_IT_IS_WATCHED_MS);
      expect(said).toHaveLength(saidBefore);
      expect(existsSync(join(other, 'data', 'postmaster.pid'))).toBe(false);
    } finally {
      await ending.stop();
      rmSync(other, { recursive: true, force: true });
    }
  });
});
