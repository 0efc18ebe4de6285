import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export const START = fileURLToPath(new URL('../../apps/launcher/start.mjs', import.meta.url));
/** What was built, for those who may read this checkout but not build in it. */
export const LAUNCHER = fileURLToPath(
  new URL('../../dist/apps/launcher/src/main.js', import.meta.url),
);
const UP = 'Ctrl-C stops everything.';
/** A machine with other work may take ten times as long as a quiet one. */
export const UP_TIMEOUT_MS = 110_000;
const LOOK_EVERY_MS = 10;

export interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Credentials {
  readonly url: string;
  readonly operator: Credential;
  readonly auditor: Credential;
  readonly tenants: readonly (Credential & { id: string; name: string; trust: string })[];
}

/** What a start may have of its own. */
export interface RunOptions {
  readonly environment?: Record<string, string>;
  readonly account?: { uid: number; gid: number } | undefined;
  readonly command?: readonly string[];
}

const started: Run[] = [];

/** Ends what still runs of all that was started. */
export async function endAllRuns(): Promise<void> {
  for (const run of started.splice(0)) {
    if (run.child.exitCode === null && run.child.signalCode === null) await run.end('SIGTERM');
  }
}

/** One `npm start` on a home of its own. */
export class Run {
  output = '';
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(
    readonly home: string,
    { environment = {}, account, command = [process.execPath, START] }: RunOptions = {},
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
      await sleep(LOOK_EVERY_MS);
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

/** Whether a process is there and not merely waited for. */
export function runs(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat[0] !== 'Z';
}

/** The process that started another one, which still runs. */
export function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1]);
}

/** State and parent are the first two fields behind a name that may hold anything. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}

export async function token(url: string, credential: Credential): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
  });
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { access_token: string }).access_token;
}

export async function get<T>(url: string, route: string, bearer: string): Promise<T> {
  const answer = await fetch(url + route, { headers: { authorization: `Bearer ${bearer}` } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

/**
 * What lost its Postgres or its worker pauses for up to ten seconds before its next try, leases of hosts are taken anew
 * then, and a utility VM takes some seconds to boot.
 */
const STATUS_WITHIN_MS = 75_000;

export type Items = { items: { name?: string; type?: string }[] };

export async function submit(url: string, bearer: string): Promise<string> {
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

export async function expectStatus(url: string, bearer: string, workload: string, status: string) {
  await expect
    .poll(
      async () => (await get<{ status: string }>(url, `/v1/workloads/${workload}`, bearer)).status,
      { timeout: STATUS_WITHIN_MS, interval: 50 },
    )
    .toBe(status);
}
