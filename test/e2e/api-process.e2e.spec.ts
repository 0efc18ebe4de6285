import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../postgres/fresh-database.js';
import { signingKeyPem } from './api/api-under-test.js';

const BUILT = fileURLToPath(new URL('../../dist/apps/api/src', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 110_000;
const POLL_MS = 50;
const SOON = { timeout: 20_000, interval: POLL_MS };

let database: FreshDatabase;
let folder: string;
let environment: Record<string, string>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-api-'));
  writeFileSync(join(folder, 'signing-key.pem'), signingKeyPem);
  writeFileSync(join(folder, 'response-key'), `${'ab'.repeat(32)}\n`);
  environment = {
    PATH: process.env['PATH'] ?? '',
    API_DATABASE_URL: database.apiUrl,
    AUDIT_DATABASE_URL: database.auditUrl,
    TOKEN_SIGNING_KEY_FILE: join(folder, 'signing-key.pem'),
    RESPONSE_KEY_FILE: join(folder, 'response-key'),
    WEBHOOK_KEY_FILE: join(folder, 'response-key'),
    LOG_LEVEL: 'info',
  };
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
  errors(): string;
}

function start(change: Record<string, string | undefined>): Process {
  const env: NodeJS.ProcessEnv = { ...environment, ...change };
  const child = spawn(process.execPath, [join(BUILT, 'main.js')], { env, stdio: 'pipe' });
  started.push(child);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  return { child, ended, output: () => output, errors: () => errors };
}

/** The URL that the process says it listens at. */
async function listening({ output, errors }: Process): Promise<string> {
  for (let waitedMs = 0; waitedMs < READY_TIMEOUT_MS; waitedMs += POLL_MS) {
    const url = /"url":"([^"]+)"/.exec(output())?.[1];
    if (url !== undefined) return url;
    await sleep(POLL_MS);
  }
  throw new Error(`the api did not start: ${errors()}`);
}

describe('the api as a process', () => {
  let processes: readonly [Process, Process, Process];
  let urls: readonly string[];

  beforeAll(async () => {
    processes = [start({ PORT: '0' }), start({ PORT: '0' }), start({ PORT: '0' })];
    urls = await Promise.all(processes.map(listening));
  }, START_TIMEOUT_MS);

  it('seeds policy and catalogue once, however many processes start at the same time', async () => {
    for (const url of urls) {
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    }
    const pool = openPool({ url: database.apiUrl, applicationName: 'test' });
    const log = new PostgresLog({ pool, newEventId: v7 });
    const types = ['PolicyPublished', 'ImageRegistered'] as const;
    const events = await log.readPlatform({ afterPosition: 0, limit: 1_000, types });
    await pool.end();
    expect(events.filter(({ event }) => event.type === 'PolicyPublished')).toHaveLength(1);
    expect(new Set(events.map(({ stream }) => stream)).size).toBe(events.length);
  });

  it('refuses to start with wrong settings, and names every one of them', async () => {
    const api = start({
      PORT: 'eighty',
      API_DATABASE_URL: 'mysql://x',
      AUDIT_DATABASE_URL: undefined,
      RESPONSE_KEY_FILE: join(folder, 'signing-key.pem'),
      WEBHOOK_KEY_FILE: join(folder, 'signing-key.pem'),
      TOKEN_SIGNING_KEY_FILE: join(folder, 'nothing-here'),
      TREE_HEAD_VERIFIER_KEYS_FILE: join(folder, 'response-key'),
      LOG_LEVEL: 'loud',
    });
    expect(await api.ended).toBe(1);
    const names = ['PORT', 'API_DATABASE_URL', 'AUDIT_DATABASE_URL', 'LOG_LEVEL'];
    const files = ['RESPONSE_KEY_FILE', 'TOKEN_SIGNING_KEY_FILE', 'TREE_HEAD_VERIFIER_KEYS_FILE'];
    files.push('WEBHOOK_KEY_FILE');
    for (const name of [...names, ...files]) {
      expect(api.errors()).toContain(`\n  ${name} `);
    }
    expect(api.errors()).not.toContain('PRIVATE KEY');
  });

  it('refuses to start as a role that could rewrite the log', async () => {
    const names = ['API_DATABASE_URL', 'AUDIT_DATABASE_URL'];
    const apis = names.map((name) => start({ PORT: '0', [name]: database.databaseUrl }));
    for (const api of apis) {
      expect(await api.ended).toBe(1);
      expect(api.errors()).toContain('refusing to run as database role');
    }
  });

  it('issues the credential of an operator from the command line, which gets a token', async () => {
    const entry = join(BUILT, 'issue-credential.main.js');
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [entry, ...args], { env: environment });
    const { stdout } = await run('--role', 'operator', '--role', 'auditor');
    const [forOperator = '', ...others] = stdout.trim().split('\n');
    expect(others).toHaveLength(1);
    const { clientId, clientSecret } = JSON.parse(forOperator);
    await expect(run('--role', 'operator', '--role', 'tenant')).rejects.toThrow('usage:');
    const [api] = processes;
    const [url] = urls;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    const token = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await fetch(`${url}/v1/rules`, { headers })).status).toBe(200);
    // The line is written once the answer is out.
    await expect.poll(api.output).toContain('"route":"/v1/rules"');
    expect(api.output()).not.toContain(access_token);
    expect(api.output()).not.toContain(clientSecret);
  });

  it('answers what it has begun before it ends, and takes nothing new', async () => {
    const [api] = processes;
    const { hostname, port } = new URL(urls[0] ?? '');
    const socket = connect(Number(port), hostname);
    const answer = received(socket);
    const body = 'grant_type=client_credentials';
    const head = [
      'POST /oauth/token HTTP/1.1',
      'host: x',
      'content-type: application/x-www-form-urlencoded',
      `content-length: ${body.length}`,
      'expect: 100-continue',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await expect.poll(() => answer.text(), SOON).toMatch(/^HTTP\/1\.1 100 /);
    api.child.kill('SIGTERM');
    const another = () =>
      fetch(`http://${hostname}:${port}/health/live`).then(
        () => 'answered',
        () => 'refused',
      );
    await expect.poll(another, SOON).toBe('refused');
    socket.write(body);
    expect(await answer.whole).toMatch(/^HTTP\/1\.1 401 /m);
    expect(await api.ended).toBe(0);
  });

  it('ends with success when nobody waits for an answer', async () => {
    const [, ...others] = processes;
    for (const { child } of others) child.kill('SIGTERM');
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0]);
  });
});

function received(socket: Socket): { text(): string; readonly whole: Promise<string> } {
  let text = '';
  const whole = new Promise<string>((resolve, reject) => {
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (text.includes('invalid_client')) socket.end();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  return { text: () => text, whole };
}
