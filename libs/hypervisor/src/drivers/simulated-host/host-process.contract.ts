import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostId } from '@bulkhead/domain';
import type { JournalEntry } from '../../simulated/journal-entry.js';
import type { Endpoint } from './connection.js';

const REPOSITORY = fileURLToPath(new URL('../../../../..', import.meta.url));
const COMPILED = ['apps/simulated-host/src', 'libs/hypervisor/src', 'libs/domain/src'];
const READY_WITHIN_MS = 20_000;
const PROBE_MS = 20;

/** The application as it ships, compiled as the build compiles it, in a process of its own. */
export class HostProcess {
  #child: ChildProcess | null = null;
  #output = '';

  private constructor(
    readonly folder: string,
    readonly endpoint: Endpoint,
    private readonly port: number,
  ) {}

  static async start(): Promise<HostProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-simulated-host-'));
    compileInto(folder);
    const token = 'for-tests-only-'.repeat(4);
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    const port = await freePort();
    const host = new HostProcess(folder, { url: `http://127.0.0.1:${port}`, token }, port);
    await host.boot();
    return host;
  }

  async boot(): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, [join(this.folder, 'apps/simulated-host/src/main.js')], {
      env: {
        PATH: process.env['PATH'],
        SIMULATED_HOST_PORT: String(this.port),
        SIMULATED_HOST_TOKEN_FILE: join(this.folder, 'token'),
        SIMULATED_HOST_HOME: this.folder,
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (part: Buffer) => {
      this.#output += part;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
    for (let waited = 0; waited < READY_WITHIN_MS; waited += PROBE_MS) {
      if (child.exitCode !== null) break;
      const ready = await fetch(`${this.endpoint.url}/health/ready`).catch(() => null);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    }
    throw new Error(`the simulated host did not come up: ${this.#output}`);
  }

  /** `SIGKILL` is the crash, `SIGTERM` the clean stop. The answer is the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  async stop(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  journalPath(hostId: HostId): string {
    return join(this.folder, 'journals', `${hostId}.ndjson`);
  }

  journal(hostId: HostId): JournalEntry[] {
    const lines = readFileSync(this.journalPath(hostId), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as JournalEntry);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Bearer ${this.endpoint.token}`;
    return fetch(`${this.endpoint.url}${path}`, { headers: { authorization }, ...init });
  }
}

function compileInto(folder: string): void {
  const swc = join(REPOSITORY, 'node_modules/.bin/swc');
  const ignored = ['--ignore', '**/*.spec.ts', '--ignore', '**/*.contract.ts'];
  execFileSync(swc, [...COMPILED, '--out-dir', folder, '--quiet', ...ignored], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
