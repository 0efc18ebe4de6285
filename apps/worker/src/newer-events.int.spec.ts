import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upcasters } from '@bulkhead/domain';
import { KNOWN_EVENTS, KnownEvents, openPool, PostgresLog } from '@bulkhead/event-store';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HostProcess } from '../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { type FreshDatabase, freshDatabase } from '../../../test/postgres/fresh-database.js';
import { observeTimes } from './observe/observe-parts.js';
import { metricsText } from './operator/metrics-text.js';
import { WorkerHealth } from './operator/worker-health.js';
import { chooseQueueBackend } from './queue/queue-datastore.js';
import { Stores } from './stores.js';
import { treeHeadsBelow } from './tree/tree-head-settings.contract.js';
import type { TreeHeadSettings } from './tree/tree-head-settings.js';
import { workerModule } from './worker.module.js';
import { hanging, Installation } from './worker-in-process.contract.js';
import { WorkerProcess } from './worker-process.js';

const HOST_TIME_SCALE = 1_000;
/** Short, so that a host which nobody keeps in touch with ends what it runs within the test. */
const HOST_LEASE_TTL_MS = 2_000;
const soon = { timeout: 20_000, interval: 50 };
let hosts: HostProcess;
let database: FreshDatabase;
let folder: string;
let treeHeads: TreeHeadSettings;
let apiPool: pg.Pool;
let installation: Installation;
let running: INestApplicationContext[] = [];

beforeAll(async () => {
  hosts = await HostProcess.start();
});
afterAll(() => hosts.stop());
beforeEach(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-worker-'));
  treeHeads = treeHeadsBelow(folder);
  apiPool = openPool({ url: database.apiUrl, applicationName: 'test' });
  const log = new PostgresLog({ pool: apiPool, newEventId: v7 });
  installation = new Installation(log, HOST_TIME_SCALE);
});
afterEach(async () => {
  for (const app of running) {
    await app.get(WorkerProcess).stop();
    await app.close();
    await app.get(Stores).close();
  }
  running = [];
  await apiPool.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** A release of the service from before cancelling was possible. */
const { WorkloadCancelRequested: _, ...older } = KNOWN_EVENTS;

async function startWorker(known?: KnownEvents): Promise<INestApplicationContext> {
  const settings = {
    workerDatabaseUrl: database.workerUrl,
    port: 0,
    simulatedHostUrl: hosts.endpoint.url,
    simulatedHostToken: hosts.endpoint.token,
    hostLeaseTtlMs: HOST_LEASE_TTL_MS,
    observe: observeTimes,
    jobConcurrency: 50,
    startsPerHostMax: 32,
    openWorkloadsPerTenantMax: 100_000,
    cancelGraceMs: 200,
    output: { days: 30, maxBytes: 1_048_576 },
    treeHeads,
    webhooks: { key: Buffer.alloc(32), allowed: [] },
    redisUrl: null,
    logLevel: 'silent',
  };
  chooseQueueBackend(settings);
  const logger = pino({ level: process.env['WORKER_TEST_LOG'] ?? 'silent' });
  const app = await NestFactory.createApplicationContext(
    workerModule(settings, logger, { reconcileEveryMs: 500 }, known),
    { logger: false, abortOnError: false },
  );
  running.push(app);
  app.get(Stores).listener.start();
  await app.get(WorkerProcess).start();
  return app;
}

describe('a worker of an older version', () => {
  it('waits before an event that it does not know, keeps its hosts alive, and gives way to a newer one', async () => {
    await installation.install();
    const old = await startWorker(new KnownEvents(older, upcasters));
    const tenant = await installation.tenant('standard');
    const [kept, cancelled] = [
      await installation.submit(tenant, hanging),
      await installation.submit(tenant, hanging),
    ];
    await installation.reaches(tenant, kept, 'running');
    await installation.reaches(tenant, cancelled, 'running');
    await installation.cancel(tenant, cancelled);

    const health = old.get(WorkerHealth);
    const report = () => health.report();
    await expect.poll(async () => (await report()).components['fleet'], soon).toBe('waiting');
    const problems = (await report()).problems.join('\n');
    expect(problems).toContain('fleet waits: position');
    expect(problems).toContain('WorkloadCancelRequested version 1');
    await expect.poll(async () => (await report()).consumers['dispatch'], soon).toBe('waiting');
    expect(metricsText(await report(), 0)).toContain(
      'bulkhead_consumer_waiting_for_newer_version{consumer="dispatch"} 1',
    );
    expect((await report()).ready).toBe(false);

    // Nobody newer is there: what runs goes on for longer than the host's lease would last.
    await new Promise((resolve) => setTimeout(resolve, 2 * HOST_LEASE_TTL_MS));
    const types = await installation.types(tenant, kept);
    expect(types.at(-1)).toBe('ComputeSystemStarted');

    const young = await startWorker();
    await installation.reaches(tenant, cancelled, 'cancelled');
    await expect.poll(async () => (await young.get(WorkerHealth).report()).ready, soon).toBe(true);
    expect(await installation.types(tenant, kept)).toEqual(types);
    const next = await installation.submit(tenant);
    await installation.reaches(tenant, next, 'succeeded');
  });

  it('starts where the log is newer than itself already, and waits', async () => {
    await installation.install();
    const tenant = await installation.tenant('standard');
    await installation.cancel(tenant, await installation.submit(tenant, hanging));
    const old = await startWorker(new KnownEvents(older, upcasters));
    await expect
      .poll(async () => (await old.get(WorkerHealth).report()).components['fleet'], soon)
      .toBe('waiting');
    const waiting = await installation.submit(tenant);
    expect(await installation.types(tenant, waiting)).not.toContain('WorkloadPlaced');
    await startWorker();
    await installation.reaches(tenant, waiting, 'succeeded');
  });
});
