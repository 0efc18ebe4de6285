import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { Leases } from '../consumers/lease.js';
import { LogListener } from '../consumers/log-listener.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, write } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { openReadModels } from '../projections/open-read-models.js';
import { treeHeadsIn } from '../proof/head-history.js';
import { type NoteVerifier, noteSigner } from '../proof/note-key.js';
import { HEAD_HISTORY_FILE, LATEST_HEAD_FILE } from './head-files.js';
import { readRawEntries } from './read-raw-entries.js';
import { StoredTree } from './stored-tree.js';
import { TreeBuilder } from './tree-builder.js';
import type { TreeBuilderOptions } from './tree-options.js';

const PATIENCE_MS = 15_000;
const POLL_MS = 10;
const LEASE_TTL_MS = 400;
const FAST = { headIntervalMs: 50, quietMs: 20, batchPauseMs: 1 };
const ORIGIN = 'log.example/bulkhead';
const silent = { info: () => {}, warn: () => {}, error: () => {} };

export function anySigner(origin = ORIGIN) {
  const { privateKey } = generateKeyPairSync('ed25519');
  return noteSigner(origin, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
}

/** A builder at work, and how it ended. */
export interface Running {
  readonly builder: TreeBuilder;
  readonly leases: Leases;
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** A real database, a log in it, a folder for heads, and any number of builders. */
export class TreeWorld {
  readonly signer = anySigner();
  private readonly running: Running[] = [];
  private streams = 0;

  private constructor(
    readonly database: FreshDatabase,
    readonly pool: pg.Pool,
    readonly admin: pg.Pool,
    private readonly dataSource: DataSource,
    private readonly listener: LogListener,
    readonly log: PostgresLog,
    readonly folder: string,
  ) {}

  static async open(): Promise<TreeWorld> {
    const database = await freshDatabase();
    const url = database.workerUrl;
    const pool = openPool({ url, applicationName: 'tree-int', connectionsMax: 6 });
    const admin = openPool({ url: database.databaseUrl, applicationName: 'tree-int-admin' });
    const dataSource = await openReadModels({ url, applicationName: 'tree-int-read' });
    const listener = new LogListener(url);
    listener.start();
    const log = new PostgresLog({ pool, newEventId: uuid });
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-tree-'));
    return new TreeWorld(database, pool, admin, dataSource, listener, log, folder);
  }

  async reset(): Promise<void> {
    await this.stopAll();
    await emptyDatabase(this.database.databaseUrl);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.listener.close();
    await this.dataSource.destroy();
    await Promise.all([this.pool.end(), this.admin.end()]);
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Appends `count` events, in streams of their own. */
  async grow(count: number): Promise<void> {
    const perStream = 500;
    for (let left = count; left > 0; left -= perStream) {
      const reasons = Array.from({ length: Math.min(left, perStream) }, (_, nr) => `reason ${nr}`);
      this.streams += 1;
      await this.log.append(append(write(`wl_${this.streams}`, 0, reasons)));
    }
  }

  start(changed: Partial<TreeBuilderOptions> = {}): Running {
    const leases = new Leases({ pool: this.pool, owner: randomUUID(), ttlMs: LEASE_TTL_MS });
    const builder = new TreeBuilder({
      pool: this.pool,
      dataSource: this.dataSource,
      leases,
      listener: this.listener,
      logger: silent,
      clock: () => Date.now(),
      steadyClock: () => performance.now(),
      signer: this.signer,
      verifiers: () => [this.signer.verifier],
      headFolder: this.folder,
      times: FAST,
      ...changed,
    });
    const stopping = new AbortController();
    const ended = builder.run(stopping.signal).then(
      () => null,
      (error: unknown) => error,
    );
    const stop = () => {
      stopping.abort();
      return ended;
    };
    const running = { builder, leases, ended, stop };
    this.running.push(running);
    return running;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.running.splice(0).map(({ stop }) => stop()));
  }

  /** Waits until a head of exactly this size was exported. */
  async signed(size: number): Promise<void> {
    await until(() => this.exportedSize() === size);
  }

  exportedSize(): number | null {
    return this.exported()?.size ?? null;
  }

  exported(verifiers = [this.signer.verifier]) {
    return this.headsIn(LATEST_HEAD_FILE, verifiers)[0] ?? null;
  }

  history(verifiers = [this.signer.verifier]) {
    return this.headsIn(HEAD_HISTORY_FILE, verifiers);
  }

  get tree(): StoredTree {
    return new StoredTree(this.pool);
  }

  async entries() {
    const all = [];
    for (;;) {
      const batch = await readRawEntries(this.pool, { afterPosition: all.length, limit: 5_000 });
      if (batch.length === 0) return all;
      all.push(...batch);
    }
  }

  /** Every stored tile, as `TilesInMemory.contents` writes it. */
  async tiles(): Promise<string> {
    const { rows } = await this.admin.query<{ tile: string }>(`
      SELECT level || '/' || index || ' ' || encode(hashes, 'hex') AS tile FROM tree.tiles
       ORDER BY (level || '/' || index) COLLATE "C"`);
    return rows.map(({ tile }) => tile).join();
  }

  /** What only somebody with the superuser's rights can do to the log. */
  async tamper(...statements: string[]): Promise<void> {
    const client = await this.admin.connect();
    try {
      await client.query('ALTER TABLE log.events DISABLE TRIGGER refuse_change');
      for (const statement of statements) await client.query(statement);
      await client.query('ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change');
    } finally {
      client.release();
    }
  }

  private headsIn(name: string, verifiers: readonly NoteVerifier[]) {
    const path = join(this.folder, name);
    return existsSync(path) ? treeHeadsIn(readFileSync(path, 'utf8'), verifiers) : [];
  }
}

export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(`not within ${PATIENCE_MS} ms`);
    await sleep(POLL_MS);
  }
}
