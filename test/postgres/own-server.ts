import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@bulkhead/event-store';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/launcher/src/postgres/embedded-postgres.js';
import { processTree } from '../../bench/process-tree.js';
import { quietPort } from '../quiet-port.js';
import type { FreshDatabase } from './fresh-database.js';
import { urlFor } from './global-setup.js';

const GONE_WITHIN_MS = 10_000;
const POLL_MS = 10;

/** A Postgres of a test's own, with default durability, that may be crashed, filled and reconfigured. */
export class OwnServer {
  private readonly rolePassword = randomBytes(16).toString('hex');
  private readonly port: number;

  private constructor(
    readonly folder: string,
    private server: EmbeddedPostgres,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.port = server.port;
  }

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-own-'));
    // Nobody else comes to listen there while it is down.
    const port = await quietPort();
    return new OwnServer(folder, await startEmbeddedPostgres({ folder, port, settings }), settings);
  }

  /** A database with everything in it that migrations put there. */
  async database(name: string, tablespace?: string): Promise<Omit<FreshDatabase, 'drop'>> {
    const where = tablespace === undefined ? '' : ` TABLESPACE ${tablespace}`;
    await this.run(`CREATE DATABASE ${name}${where}`);
    const url = (role: string) => urlFor(this.server.url, name, role, this.rolePassword);
    const databaseUrl = urlFor(this.server.url, name);
    const apiUrl = url('bulkhead_api');
    const workerUrl = url('bulkhead_worker');
    const auditUrl = url('bulkhead_audit');
    await migrate({ databaseUrl, roles: { apiUrl, workerUrl, auditUrl } });
    return { databaseUrl, apiUrl, workerUrl, auditUrl };
  }

  /** Runs statements as the superuser, each in a transaction of its own. */
  async run(...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: this.server.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Ends every process of the server at once, as a power cut would; answers how many there were. */
  async crash(): Promise<number> {
    const pids = processTree(this.server.pid).map(({ pid }) => pid);
    for (const pid of pids) kill(pid);
    for (let waitedMs = 0; pids.some(isRunning); waitedMs += POLL_MS) {
      if (waitedMs > GONE_WITHIN_MS) throw new Error('killed processes of Postgres do not end');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return pids.length;
  }

  /** Has every process of the server stand still, and go on: connections stay, and nothing answers on them. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const { pid } of processTree(this.server.pid)) process.kill(pid, signal);
  }

  /** Stops what still runs, and starts the server again at the same address. */
  async startAgain(): Promise<void> {
    await this.server.stop();
    const { folder, port, settings } = this;
    this.server = await startEmbeddedPostgres({ folder, port, settings });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself, because its postmaster is gone.
  }
}

function isRunning(pid: number): boolean {
  return processTree(pid).some(({ command }) => command !== '');
}
