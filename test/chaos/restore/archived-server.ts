import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@bulkhead/event-store';
import pg from 'pg';
import { backUpDataFolder } from '../../../apps/launcher/src/postgres/back-up-data-folder.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../apps/launcher/src/postgres/embedded-postgres.js';
import { processTree } from '../../../bench/process-tree.js';
import { urlFor } from '../../postgres/global-setup.js';
import { archiving, give, kill } from './archiving.js';

const DATABASE = 'guarded';
const ARCHIVED_WITHIN_MS = 15_000;
const GONE_WITHIN_MS = 10_000;
const POLL_MS = 20;

/**
 * Hosts refuse whoever comes with a smaller token than they have seen, and the lost part of the log may
 * have seen many takeovers. Jobs of the lost part may be gone or may be done; the log issues them anew.
 */
const BEFORE_WORK = [
  `UPDATE consumers.leases SET epoch = epoch + 1000000, lease_until = '-infinity'`,
  'DROP SCHEMA bullmq CASCADE',
];

export interface Urls {
  readonly databaseUrl: string;
  readonly workerUrl: string;
}

/**
 * A Postgres whose WAL is archived, and what the guide on backup does with it, step by step. Folders are
 * beside one another: `live` and `restored` are clusters, `archive` holds WAL, `backup` the copied data.
 */
export class ArchivedServer {
  private readonly rolePassword = randomBytes(16).toString('hex');

  private constructor(
    private readonly folder: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(): Promise<ArchivedServer> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-restore-'));
    // The server's account, which is not root, has to reach the archive.
    chmodSync(folder, 0o755);
    const archive = join(folder, 'archive');
    mkdirSync(archive);
    give(archive, join(folder, 'live', 'data'));
    const settings = archiving(archive);
    const live = join(folder, 'live');
    return new ArchivedServer(folder, await startEmbeddedPostgres({ folder: live, settings }));
  }

  async database(): Promise<Urls> {
    await this.ask(`CREATE DATABASE ${DATABASE}`);
    await this.migrate();
    return this.urls;
  }

  private migrate(): Promise<void> {
    const url = (role: string) => urlFor(this.server.url, DATABASE, role, this.rolePassword);
    const roles = { apiUrl: url('bulkhead_api'), auditUrl: url('bulkhead_audit') };
    const { databaseUrl, workerUrl } = this.urls;
    return migrate({ databaseUrl, roles: { ...roles, workerUrl } });
  }

  get urls(): Urls {
    return {
      databaseUrl: urlFor(this.server.url, DATABASE),
      workerUrl: urlFor(this.server.url, DATABASE, 'bulkhead_worker', this.rolePassword),
    };
  }

  /** What `npm run backup` does, while the server works. */
  baseBackup(): Promise<void> {
    const [from, to] = [join(this.folder, 'live', 'data'), join(this.folder, 'backup')];
    return backUpDataFolder({ url: this.server.url, from, to, say: () => {} });
  }

  /** The server's time, between the commits before and those after this call. */
  async now(): Promise<string> {
    await sleep(POLL_MS);
    const [row] = await this.ask<{ now: string }>('SELECT clock_timestamp()::text AS now');
    await sleep(POLL_MS);
    return row?.now ?? '';
  }

  /** Waits until everything that was committed is in the archive. */
  async archiveAll(): Promise<void> {
    const [row] = await this.ask<{ file: string }>(
      'SELECT pg_walfile_name(pg_switch_wal()) AS file',
    );
    const giveUpAt = performance.now() + ARCHIVED_WITHIN_MS;
    while (!readdirSync(join(this.folder, 'archive')).includes(row?.file ?? '')) {
      if (performance.now() > giveUpAt) throw new Error(`${row?.file} is not archived`);
      await sleep(POLL_MS);
    }
  }

  /** Ends every process of the server at once, and loses its data folder. */
  async loseEverything(): Promise<void> {
    const pids = processTree(this.server.pid).map(({ pid }) => pid);
    for (const pid of pids) kill(pid);
    const runs = () => pids.some((pid) => processTree(pid).some(({ command }) => command !== ''));
    for (let waitedMs = 0; runs(); waitedMs += POLL_MS) {
      if (waitedMs > GONE_WITHIN_MS) throw new Error('killed processes of Postgres do not end');
      await sleep(POLL_MS);
    }
    rmSync(join(this.folder, 'live', 'data'), { recursive: true });
  }

  /** Starts another cluster from the backup and the archive, as the log was at a time. */
  async restoreTo(time: string): Promise<Urls> {
    const [archive, restored] = [join(this.folder, 'archive'), join(this.folder, 'restored')];
    const data = join(restored, 'data');
    mkdirSync(restored, { mode: 0o700 });
    execFileSync('cp', ['-a', join(this.folder, 'backup'), data]);
    cpSync(join(this.folder, 'live', 'password'), join(restored, 'password'));
    appendFileSync(
      join(data, 'postgresql.auto.conf'),
      `restore_command = 'cp ${archive}/%f %p'\n` +
        `recovery_target_time = '${time}'\nrecovery_target_action = 'promote'\n`,
    );
    writeFileSync(join(data, 'recovery.signal'), '');
    give(join(data, 'recovery.signal'), data);
    const settings = archiving(archive);
    this.server = await startEmbeddedPostgres({ folder: restored, settings });
    return this.urls;
  }

  /** What has to be done to a restored database before anything works on it again. */
  async makeFitForWork(): Promise<void> {
    const client = new pg.Client({ connectionString: this.urls.databaseUrl });
    await client.connect();
    try {
      for (const statement of BEFORE_WORK) await client.query(statement);
    } finally {
      await client.end();
    }
    await this.migrate();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async ask<R extends pg.QueryResultRow>(statement: string): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.server.url });
    await client.connect();
    try {
      return (await client.query<R>(statement)).rows;
    } finally {
      await client.end();
    }
  }
}
