import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import type { HostProcess } from '../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { type FreshDatabase, freshDatabase } from '../../../test/postgres/fresh-database.js';
import { observeTimes } from './observe/observe-parts.js';
import { closeQueues, type OpenQueues } from './queue/open-queues.js';
import { chooseQueueBackend } from './queue/queue-datastore.js';
import type { Settings } from './settings.js';
import { QUEUES } from './sources.js';
import { Stores } from './stores.js';
import { treeHeadsBelow } from './tree/tree-head-settings.contract.js';
import type { TreeHeadSettings } from './tree/tree-head-settings.js';
import { workerModule } from './worker.module.js';
import { Installation } from './worker-in-process.contract.js';
import { WorkerProcess } from './worker-process.js';

const HOST_TIME_SCALE = 1_000;
/** Whoever waits asks the database, which has to answer the worker meanwhile. */
const LOOK_EVERY_MS = 25;
/** Looks for lost work often, so that a test need not wait for half a minute. */
export const EAGER = { reconcileEveryMs: 500, reissueAfterMs: 1_000 };

/** A whole worker on a database of its own, with queues in Postgres or in a Redis. */
export class WorkerUnderTest {
  private running: INestApplicationContext | null = null;
  /** What it logged, where a test looks into that. */
  readonly lines: string[] = [];

  private constructor(
    private readonly hosts: HostProcess,
    readonly database: FreshDatabase,
    private readonly folder: string,
    readonly treeHeads: TreeHeadSettings,
    private readonly pool: pg.Pool,
    readonly installation: Installation,
    private readonly redisUrl: string | null,
  ) {}

  static async prepare(hosts: HostProcess, redisUrl: string | null): Promise<WorkerUnderTest> {
    const database = await freshDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-worker-'));
    const pool = openPool({ url: database.workerUrl, applicationName: 'test' });
    const log = new PostgresLog({ pool, newEventId: v7 });
    const installation = new Installation(log, HOST_TIME_SCALE, LOOK_EVERY_MS);
    const treeHeads = treeHeadsBelow(folder);
    return new WorkerUnderTest(hosts, database, folder, treeHeads, pool, installation, redisUrl);
  }

  async start(changes: Partial<Settings> = {}): Promise<INestApplicationContext> {
    const { url, token } = this.hosts.endpoint;
    const settings: Settings = {
      workerDatabaseUrl: this.database.workerUrl,
      port: 0,
      simulatedHostUrl: url,
      simulatedHostToken: token,
      hostLeaseTtlMs: 30_000,
      observe: observeTimes,
      jobConcurrency: 50,
      startsPerHostMax: 32,
      openWorkloadsPerTenantMax: 100_000,
      cancelGraceMs: 200,
      output: { days: 30, maxBytes: 1_048_576 },
      treeHeads: this.treeHeads,
      webhooks: { key: randomBytes(32), allowed: [] },
      redisUrl: this.redisUrl,
      logLevel: 'silent',
      ...changes,
    };
    chooseQueueBackend(settings);
    const destination = { write: (line: string) => void this.lines.push(line) };
    const logger = pino({ level: process.env['WORKER_TEST_LOG'] ?? 'info' }, destination);
    const app = await NestFactory.createApplicationContext(workerModule(settings, logger, EAGER), {
      logger: false,
      abortOnError: false,
    });
    this.running = app;
    app.get(Stores).listener.start();
    await app.get(WorkerProcess).start();
    return app;
  }

  get<T>(what: Type<T> | symbol): T {
    if (this.running === null) throw new Error('no worker runs');
    return this.running.get<T>(what);
  }

  get queues(): OpenQueues {
    return this.get<OpenQueues>(QUEUES);
  }

  async stop(): Promise<void> {
    const app = this.running;
    if (app === null) return;
    this.running = null;
    await app.get(WorkerProcess).stop();
    await app.close();
    await closeQueues(app.get<OpenQueues>(QUEUES));
    await app.get(Stores).close();
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.pool.end();
    await this.database.drop();
    rmSync(this.folder, { recursive: true });
  }
}
