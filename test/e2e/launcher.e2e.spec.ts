import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const START = fileURLToPath(new URL('../../apps/launcher/start.mjs', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../dist/apps/launcher/src/main.js', import.meta.url));
const UP = 'Ctrl-C stops everything.';
const UP_TIMEOUT_MS = 60_000;
const NOBODY = { uid: 65534, gid: 65534 };

interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Credentials {
  readonly url: string;
  readonly operator: Credential;
  readonly auditor: Credential;
  readonly tenants: readonly (Credential & { id: string; name: string; trust: string })[];
}

let folder: string;
const started: Run[] = [];

/** One `npm start` on a home of its own. */
class Run {
  output = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(
    readonly home: string,
    environment: Record<string, string> = {},
    account?: { uid: number; gid: number },
    /** Another user may read this checkout and what was built in it, but not build in it. */
    command = [process.execPath, account ? LAUNCHER : START],
  ) {
    const [program = '', ...rest] = command;
    this.child = spawn(program, rest, {
      env: { PATH: process.env['PATH'], BULKHEAD_HOME: home, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...account,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.exit = new Promise((resolve) => this.child.once('exit', resolve));
    started.push(this);
  }

  async up(): Promise<this> {
    await this.until(() => this.output.includes(UP));
    return this;
  }

  async until(hasCome: () => boolean): Promise<void> {
    const giveUpAt = Date.now() + UP_TIMEOUT_MS;
    while (!hasCome()) {
      if (this.child.exitCode !== null || Date.now() > giveUpAt) throw new Error(this.output);
      await sleep(5);
    }
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }

  credentials(): Credentials {
    return JSON.parse(readFileSync(join(this.home, 'credentials.json'), 'utf8'));
  }

  /** The processes of this home that still run: the three children and Postgres. */
  processes(): number[] {
    const children: string[] = JSON.parse(readFileSync(join(this.home, 'children.json'), 'utf8'));
    const postmaster = join(this.home, 'postgres', 'data', 'postmaster.pid');
    const server = existsSync(postmaster) ? [readFileSync(postmaster, 'utf8')] : [];
    return [...children, ...server].map((text) => Number.parseInt(text, 10)).filter(runs);
  }
}

function runs(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0];
    return state !== 'Z';
  } catch {
    return false;
  }
}

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

async function token(url: string, credential: Credential): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
  });
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function get<T>(url: string, route: string, bearer: string): Promise<T> {
  const answer = await fetch(url + route, { headers: { authorization: `Bearer ${bearer}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

type Items = { items: { name?: string; type?: string }[] };

async function submit(url: string, bearer: string): Promise<string> {
  const answer = await fetch(`${url}/v1/workloads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
      resources: { cpuMillis: 500, memoryMiB: 256 },
      simulation: { durationMs: 200, exitCode: 0 },
    }),
  });
  expect(answer.status).toBe(202);
  return ((await answer.json()) as { id: string }).id;
}

async function expectStatus(url: string, bearer: string, workload: string, status: string) {
  await expect
    .poll(
      async () => (await get<{ status: string }>(url, `/v1/workloads/${workload}`, bearer)).status,
      { timeout: 30_000, interval: 50 },
    )
    .toBe(status);
}

async function expectFleetOnce({ url, operator }: Credentials): Promise<void> {
  const bearer = await token(url, operator);
  const namesAt = async (route: string) =>
    (await get<Items>(url, route, bearer)).items.map(({ name }) => name).sort();
  // Lists may trail what was just answered.
  const trailing = { timeout: 10_000, interval: 50 };
  const hosts = ['win2022-a', 'win2022-silo', 'win2025-a'];
  await expect.poll(() => namesAt('/v1/hosts'), trailing).toEqual(hosts);
  const tenants = ['Harbour Works', 'Night Market'];
  await expect.poll(() => namesAt('/v1/tenants'), trailing).toEqual(tenants);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-start-'));
});

afterAll(async () => {
  for (const run of started) {
    if (run.child.exitCode === null && run.child.signalCode === null) await run.end('SIGTERM');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Below what Linux gives to anyone who asks for any port, so that nobody takes them by chance. */
const QUIET_PORTS = { min: 12_000, max: 30_000 };
const PORT_TRIES_MAX = 50;

/** Listens on a port as another program would; null where that is taken. */
function occupy(port: number): Promise<Server | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

/** A port that is free with the two after it, which the launcher wishes for the other processes. */
async function freeTrio(): Promise<number> {
  for (let tries = 1; tries <= PORT_TRIES_MAX; tries += 1) {
    const port = randomInt(QUIET_PORTS.min, QUIET_PORTS.max);
    const held = await Promise.all([port, port + 1, port + 2].map(occupy));
    for (const server of held) server?.close();
    if (!held.includes(null)) return port;
  }
  throw new Error(`no three free ports in a row in ${PORT_TRIES_MAX} tries`);
}

describe('npm start', { timeout: 120_000 }, () => {
  let run: Run;
  let port: number;
  let thief: Server | null;

  beforeAll(async () => {
    port = await freeTrio();
    run = new Run(join(folder, 'home'), { PORT: String(port) });
    // Ports are chosen before there is a database, and used once it is ready.
    await run.until(() => existsSync(join(run.home, 'postgres')));
    thief = await occupy(port + 2);
    await run.up();
  }, 120_000);
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

  it('runs the workloads of both tenants, the hostile one behind a wall of its own', async () => {
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
  });

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
    expect(again.output).toContain(
      `Bulkhead already runs on ${run.home} (process ${run.child.pid})`,
    );

    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const other = new Run(join(folder, 'other'), { PORT: String(port) });
    expect(await other.exit).toBe(1);
    expect(other.output).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
    expect(existsSync(join(other.home, 'postgres'))).toBe(false);
    blocker.close();
  });

  it('lists every wrong setting by name', async () => {
    const wrong = new Run(join(folder, 'wrong'), { PORT: 'eighty', DATABASE_URL: 'mysql://x' });
    expect(await wrong.exit).toBe(1);
    expect(wrong.output).toContain(
      [
        'bulkhead launcher: settings are wrong',
        '  PORT must be a whole number from 0 to 65535, not "eighty"',
        '  DATABASE_URL must be a postgres:// URL',
      ].join('\n'),
    );
  });

  it('starts a crashed process again, and nothing that was submitted meanwhile is lost', async () => {
    const { url, tenants } = run.credentials();
    const bearer = await token(url, tenants[0]!);
    const before = run.processes();
    const worker = before.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/worker/'),
    )!;
    process.kill(worker, 'SIGKILL');
    await expectStatus(url, bearer, await submit(url, bearer), 'succeeded');
    expect(run.output).toContain('worker ended (SIGKILL) and is started again');
  });

  it('survives its own kill -9: the next start takes everything over', async () => {
    const before = run.credentials();
    await run.end('SIGKILL');
    run = await new Run(run.home, {}, undefined, ['npm', 'start']).up();
    const after = run.credentials();
    expect({ ...after, url: '' }).toEqual({ ...before, url: '' });
    await expectFleetOnce(after);
    const bearer = await token(after.url, after.tenants[1]!);
    await expectStatus(after.url, bearer, await submit(after.url, bearer), 'succeeded');
  });

  it('carries out an administrator’s statements, and migrates, with nothing but the home', () => {
    const counted = program(run.home, 'sql', 'SELECT count(*)::int AS events FROM log.events');
    expect(JSON.parse(counted).events).toBeGreaterThan(0);
    expect(program(run.home, 'migrate')).toContain(`database of ${run.home} is at this version`);
    expect(() => program(run.home, 'backup', join(folder, 'worthless'))).toThrow(
      'the server archives no WAL, without which no backup can be restored',
    );
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
    const postgres = await new Run(run.home, { START_ONLY: 'postgres' }).up();
    expect(postgres.processes()).toHaveLength(1);
    expect(await postgres.end('SIGTERM')).toBe(0);
    const part = await new Run(run.home, { START_ONLY: 'api' }).up();
    expect(part.processes()).toHaveLength(2);
    const { url, auditor } = part.credentials();
    expect(part.output).toContain(url);
    const { items } = await get<Items>(url, '/v1/audit/events?limit=1', await token(url, auditor));
    expect(items).toHaveLength(1);
    expect(await part.end('SIGTERM')).toBe(0);
  });
});

/** In a 0700 folder of its own, where the checkout may be read by others. */
const nobodyMayStart =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', `fs.readFileSync('${LAUNCHER}')`], NOBODY).status === 0;
if (!nobodyMayStart) console.warn('SKIPPED as another user: needs root and a readable checkout.');

describe('npm start that is killed in the middle of its first set-up', () => {
  it('ends with one fleet and working credentials the next time, and stops though its terminal is gone', async () => {
    const account = nobodyMayStart ? NOBODY : undefined;
    const parent = join(folder, 'interrupted');
    mkdirSync(parent, { mode: 0o700 });
    if (account) {
      chownSync(parent, account.uid, account.gid);
      chownSync(folder, account.uid, account.gid);
    }
    const home = join(parent, 'home');
    for (const wanted of ['"operator"', '"host']) {
      const setup = join(home, 'setup.json');
      const run = new Run(home, {}, account);
      const hasCome = () => existsSync(setup) && readFileSync(setup, 'utf8').includes(wanted);
      await run.until(hasCome);
      await run.end('SIGKILL');
    }
    const run = await new Run(home, {}, account).up();
    await expectFleetOnce(run.credentials());
    for (const tenant of run.credentials().tenants) await token(run.credentials().url, tenant);
    // The terminal is closed first, so that nobody hears the launcher say that it stops.
    const processes = run.processes();
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect(await run.end('SIGHUP')).toBe(0);
    expect(processes.filter(runs)).toEqual([]);
  }, 180_000);
});
