import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { occupy, quietPort } from '../quiet-port.js';
import { describeOnRedis } from '../redis/datastores.js';
import { RedisServer } from '../redis/redis-server.js';
import {
  endAllRuns,
  expectStatus,
  get,
  type Items,
  parentOf,
  Run,
  runs,
  START,
  submit,
  token,
  UP_TIMEOUT_MS,
} from './launcher-run.js';

let folder: string;

/** What a program beside `npm start` prints; throws what it complains of. */
function program(home: string, ...wanted: string[]): string {
  const env = { PATH: process.env['PATH'], BULKHEAD_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, [START, ...wanted], {
    env,
    encoding: 'utf8',
    timeout: UP_TIMEOUT_MS,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-start-'));
});

afterAll(async () => {
  await endAllRuns();
  rmSync(folder, { recursive: true, force: true });
});

/** Has a workload of each tenant run to its end; the hostile one's behind a wall of its own. */
async function expectBothTenantsServed(run: Run): Promise<void> {
  const { url, tenants } = run.credentials();
  for (const tenant of tenants) {
    const bearer = await token(url, tenant);
    const workload = await submit(url, bearer);
    await expectStatus(url, bearer, workload, 'succeeded');
    const { decision } = await get<{ decision: { isolation: string } }>(
      url,
      `/v1/workloads/${workload}`,
      bearer,
    );
    expect(decision.isolation).toBe(tenant.trust === 'hostile' ? 'hyperv' : 'process');
  }
}

describe('npm start', { timeout: 180_000 }, () => {
  let run: Run;
  let port: number;
  let thief: Server | null;

  beforeAll(async () => {
    // The launcher wishes for the two after it for the other processes.
    port = await quietPort(3);
    run = new Run(join(folder, 'home'), {
      environment: { PORT: String(port) },
      command: ['npm', 'start'],
    });
    // Ports are chosen before there is a database, and used once it is ready.
    await run.until(() => existsSync(join(run.home, 'postgres')));
    thief = await occupy(port + 2);
    await run.up();
  }, 180_000);
  afterAll(() => thief?.close());

  it('finds another port where a program took the chosen one meanwhile, and keeps the one that was asked for', async () => {
    expect(thief?.listening).toBe(true);
    expect(run.output).toContain('Another program took a port that was free before');
    expect(run.credentials().url).toBe(`http://127.0.0.1:${port}`);
  });

  it('prints where it listens and every credential, which also stand in credentials.json', () => {
    const { url, operator, auditor, tenants } = run.credentials();
    expect(statSync(join(run.home, 'credentials.json')).mode & 0o777).toBe(0o600);
    expect(statSync(run.home).mode & 0o777).toBe(0o700);
    expect(run.output).toContain(url);
    expect(tenants.map(({ trust }) => trust).sort()).toEqual(['hostile', 'trusted']);
    for (const { clientId, clientSecret } of [operator, auditor, ...tenants]) {
      expect(run.output).toContain(clientId);
      expect(run.output).toContain(clientSecret);
    }
    expect(run.output).not.toContain('\u001b[');
  });

  it('prints three curl lines that get a token, submit a workload and read its events', () => {
    const lines = run.output.split('\n').filter((line) => /^\w*=?\$?\(?curl /.test(line));
    expect(lines).toHaveLength(3);
    const said = execFileSync('bash', ['-c', lines.join('\n')], { encoding: 'utf8' });
    const [submitted, events] = said.split('\n').filter((line) => line.startsWith('{'));
    expect(JSON.parse(submitted!).id).toMatch(/^wl_[0-9a-f]{32}$/);
    const types = (JSON.parse(events!) as Items).items.map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['WorkloadSubmitted', 'IsolationDecided']);
  });

  it('runs the workloads of both tenants, the hostile one behind a wall of its own', () =>
    expectBothTenantsServed(run));

  it('gives no process the login of migrations', () => {
    const [api = 0, worker = 0, host = 0] = run.processes().slice(0, 3);
    for (const pid of [api, worker, host]) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      expect(environment.filter((entry) => entry.startsWith('DATABASE_URL='))).toEqual([]);
    }
  });

  it('refuses a home that is in use, and a port that is taken, before anything starts', async () => {
    const again = new Run(run.home);
    expect(await again.exit).toBe(1);
    const [, owner] =
      /^Bulkhead already runs on (?:.*) \(process (\d+)\)/m.exec(again.output) ?? [];
    expect(again.output).toContain(`Bulkhead already runs on ${run.home} (process ${owner})`);
    expect(parentOf(Number(owner))).toBe(run.child.pid);

    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const other = new Run(join(folder, 'other'), { environment: { PORT: String(port) } });
    expect(await other.exit).toBe(1);
    expect(other.output).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    expect(existsSync(join(other.home, 'postgres'))).toBe(false);
    blocker.close();
  });

  it('lists every wrong setting by name', async () => {
    const wrong = new Run(join(folder, 'wrong'), {
      environment: { PORT: 'eighty', DATABASE_URL: 'mysql://x' },
    });
    expect(await wrong.exit).toBe(1);
    expect(wrong.output).toContain(
      [
        'bulkhead launcher: settings are wrong',
        '  PORT must be a whole number from 0 to 65535, not "eighty"',
        '  DATABASE_URL must be a postgres:// URL',
      ].join('\n'),
    );
  });

  it('carries out an administrator’s statements, and migrates, with nothing but the home', () => {
    const counted = program(run.home, 'sql', 'SELECT count(*)::int AS events FROM log.events');
    expect(JSON.parse(counted).events).toBeGreaterThan(0);
    expect(program(run.home, 'migrate')).toContain(`database of ${run.home} is at this version`);
    expect(() => program(run.home, 'backup', join(folder, 'worthless'))).toThrow(
      'the server archives no WAL, without which no backup can be restored',
    );
  });

  it('has a further worker beside it by the line of the guide, whatever was tried before', async () => {
    const guide = readFileSync(new URL('../../docs/guides/operate.md', import.meta.url), 'utf8');
    // Without its brackets, so that a signal reaches the worker and not only the shell around it.
    const [, line = ''] = /^\((set -a; .*start:worker)\)$/m.exec(guide) ?? [];
    const workerPort = await quietPort();
    const worker = new Run(run.home, {
      environment: { WORKER_DATABASE_URL: 'postgres://a:b@localhost/none' },
      command: [
        'sh',
        '-c',
        line.replace(/WORKER_PORT=\d+ npm/, `WORKER_PORT=${workerPort} exec npm`),
      ],
    });
    const ready = () => fetch(`http://127.0.0.1:${workerPort}/health/ready`).catch(() => null);
    await expect.poll(async () => (await ready())?.status, { timeout: 60_000 }).toBe(200);
    expect(worker.output).not.toContain('bulkhead_worker:');
    await worker.end('SIGTERM');
    expect(await ready()).toBeNull();
  });

  it('stops everything, Postgres too, when a script signals npm, and ends with success', async () => {
    const processes = run.processes();
    expect(processes).toHaveLength(4);
    expect(await run.end('SIGINT')).toBe(0);
    expect(processes.filter(runs)).toEqual([]);
    expect(run.output).toContain('Everything is stopped.');
    expect(() => program(run.home, 'sql', 'SELECT 1')).toThrow('START_ONLY=postgres npm start');
    expect(program(run.home, 'migrate')).toContain('is at this version');
  });

  it('starts a part of it for a restore: Postgres and an api that auditors may ask, no worker', async () => {
    const postgres = await new Run(run.home, { environment: { START_ONLY: 'postgres' } }).up();
    expect(postgres.processes()).toHaveLength(1);
    expect(await postgres.end('SIGTERM')).toBe(0);
    const part = await new Run(run.home, { environment: { START_ONLY: 'api' } }).up();
    expect(part.processes()).toHaveLength(2);
    const { url, auditor } = part.credentials();
    expect(part.output).toContain(url);
    const { items } = await get<Items>(url, '/v1/audit/events?limit=1', await token(url, auditor));
    expect(items).toHaveLength(1);
    expect(await part.end('SIGTERM')).toBe(0);
  });

  // The home of the tests above, which is set up already.
  describeOnRedis('with the queues in Redis', () => {
    it('runs the workloads of both tenants, also after Redis has forgotten everything', async () => {
      const redis = await RedisServer.start();
      onTestFinished(() => redis.end());
      const onRedis = await new Run(run.home, { environment: { REDIS_URL: redis.url } }).up();
      await expectBothTenantsServed(onRedis);
      const client = new Redis(redis.url);
      expect(await client.keys('*:starts:*')).not.toEqual([]);
      client.disconnect();
      await redis.flushAll();
      await expectBothTenantsServed(onRedis);
      expect(await onRedis.end('SIGTERM')).toBe(0);
    });
  });
});
