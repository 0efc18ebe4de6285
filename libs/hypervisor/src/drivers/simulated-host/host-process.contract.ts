import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostId } from '@bulkhead/domain';
import { compiledPrograms } from '../../../../../test/postgres/compiled-programs.js';
import type { JournalEntry } from '../../simulated/journal-entry.js';
import type { Endpoint } from './connection.js';

const PROGRAM = 'apps/simulated-host/src/main.js';
const TOKEN = 'for-tests-only-'.repeat(4);
const READY_WITHIN_MS = 60_000;
const PROBE_MS = 10;
/** The process says where it listens once it is ready. */
const LISTENS_AT = /"url":"(http:[^"]+)"/;

/** The application as it ships, compiled as the build compiles it, in a process of its own. */
export class HostProcess {
  #child: ChildProcess | null = null;
  #output = '';
  /** Any free port at first, and the same one whenever it comes up again. */
  #port = '0';

  private constructor(
    private readonly program: string,
    readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  /** `settings` over those that every test needs. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<HostProcess> {
    const program = join(await compiledPrograms(), PROGRAM);
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-simulated-host-'));
    writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
    const host = new HostProcess(program, folder, settings);
    await host.boot();
    return host;
  }

  get endpoint(): Endpoint {
    return { url: `http://127.0.0.1:${this.#port}`, token: TOKEN };
  }

  async boot(): Promise<void> {
    this.#output = '';
    const child = spawn(process.execPath, [this.program], {
      env: {
        PATH: process.env['PATH'],
        SIMULATED_HOST_PORT: this.#port,
        SIMULATED_HOST_TOKEN_FILE: join(this.folder, 'token'),
        SIMULATED_HOST_HOME: this.folder,
        LOG_LEVEL: 'info',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (part: Buffer) => {
      this.#output += part;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#child = child;
    const giveUpAtMs = performance.now() + READY_WITHIN_MS;
    while (child.exitCode === null && performance.now() < giveUpAtMs) {
      const url = LISTENS_AT.exec(this.#output)?.[1];
      if (url !== undefined) {
        this.#port = new URL(url).port;
        return;
      }
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
