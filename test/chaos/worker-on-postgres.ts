import { openPool, PostgresLog } from '@bulkhead/event-store';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { observeTimes } from '../../apps/worker/src/observe/observe-parts.js';
import { WorkerHealth } from '../../apps/worker/src/operator/worker-health.js';
import { chooseQueueBackend } from '../../apps/worker/src/queue/queue-datastore.js';
import { Stores } from '../../apps/worker/src/stores.js';
import { treeHeadsBelow } from '../../apps/worker/src/tree/tree-head-settings.contract.js';
import { workerModule } from '../../apps/worker/src/worker.module.js';
import { Installation } from '../../apps/worker/src/worker-in-process.contract.js';
import { WorkerProcess } from '../../apps/worker/src/worker-process.js';
import { HostProcess } from '../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';

const HOST_TIME_SCALE = 1_000;
const HOST_LEASE_TTL_MS = 60_000;
const EAGER = { reconcileEveryMs: 500, reissueAfterMs: 1_000 };

/** A whole worker with its hosts, and a log to append to, on a Postgres that will have trouble. */
export class WorkerOnPostgres {
  private constructor(
    private readonly app: INestApplicationContext,
    private readonly hosts: HostProcess,
    private readonly pool: pg.Pool,
    readonly log: PostgresLog,
    readonly installation: Installation,
  ) {}

  static async start(workerUrl: string, folder: string): Promise<WorkerOnPostgres> {
    const hosts = await HostProcess.start();
    const pool = openPool({ url: workerUrl, applicationName: 'outages' });
    const log = new PostgresLog({ pool, newEventId: v7 });
    const installation = new Installation(log, HOST_TIME_SCALE);
    await installation.install(1);
    const settings = {
      workerDatabaseUrl: workerUrl,
      port: 0,
      simulatedHostUrl: hosts.endpoint.url,
      simulatedHostToken: hosts.endpoint.token,
      hostLeaseTtlMs: HOST_LEASE_TTL_MS,
      observe: observeTimes,
      jobConcurrency: 20,
      startsPerHostMax: 32,
      openWorkloadsPerTenantMax: 100_000,
      cancelGraceMs: 200,
      output: { days: 30, maxBytes: 1_048_576 },
      treeHeads: treeHeadsBelow(folder),
      webhooks: { key: Buffer.alloc(32), allowed: [] },
      redisUrl: null,
      logLevel: 'silent',
    };
    chooseQueueBackend(settings);
    const logger = pino({ level: process.env['WORKER_TEST_LOG'] ?? 'silent' });
    const app = await NestFactory.createApplicationContext(workerModule(settings, logger, EAGER), {
      logger: false,
      abortOnError: false,
    });
    app.get(Stores).listener.start();
    await app.get(WorkerProcess).start();
    return new WorkerOnPostgres(app, hosts, pool, log, installation);
  }

  /** What keeps the worker from working, and how far its consumers trail; both empty when all is well. */
  async health(): Promise<{ problems: readonly string[]; trailing: readonly string[] }> {
    const { problems, lag } = await this.app.get(WorkerHealth).report();
    const trailing = Object.entries(lag).filter(([, events]) => events > 0);
    return { problems, trailing: trailing.map(([name]) => name) };
  }

  async stop(): Promise<void> {
    await this.app.get(WorkerProcess).stop();
    await this.app.close();
    await this.app.get(Stores).close();
    await this.pool.end();
    await this.hosts.stop();
  }
}
