import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { EMPTY_ROOT, openTreeHead, signTreeHead } from '@bulkhead/event-store/proof';
import { getQueueToken } from '@nestjs/bullmq';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bullmq';
import pg from 'pg';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HostProcess } from '../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { type FreshDatabase, freshDatabase } from '../../../test/postgres/fresh-database.js';
import { JobsProcessor } from './jobs/jobs.processor.js';
import { observeTimes } from './observe/observe-parts.js';
import { OperatorServer } from './operator/operator-server.js';
import { WorkerHealth } from './operator/worker-health.js';
import { chooseQueueBackend, JOBS_QUEUE } from './queue/queue-connection.js';
import { Stores } from './stores.js';
import { treeHeadsBelow } from './tree/tree-head-settings.contract.js';
import type { TreeHeadSettings } from './tree/tree-head-settings.js';
import { workerModule } from './worker.module.js';
import { hanging, Installation } from './worker-in-process.contract.js';
import { WorkerProcess } from './worker-process.js';

const HOST_TIME_SCALE = 1_000;
/** Looks for lost work often, so that a test need not wait for half a minute. */
const EAGER = { reconcileEveryMs: 500, reissueAfterMs: 1_000 };
let hosts: HostProcess;
let database: FreshDatabase;
let folder: string;
let treeHeads: TreeHeadSettings;
let pool: pg.Pool;
let installation: Installation;
let running: INestApplicationContext | null = null;

beforeAll(async () => {
  chooseQueueBackend();
  hosts = await HostProcess.start();
});
afterAll(() => hosts.stop());

beforeEach(async () => {
  database = await freshDatabase();
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-worker-'));
  treeHeads = treeHeadsBelow(folder);
  pool = openPool({ url: database.workerUrl, applicationName: 'test' });
  const log = new PostgresLog({ pool, newEventId: v7 });
  installation = new Installation(log, HOST_TIME_SCALE);
});
afterEach(async () => {
  await stopWorker();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function startWorker(): Promise<INestApplicationContext> {
  const settings = {
    workerDatabaseUrl: database.workerUrl,
    port: 0,
    simulatedHostUrl: hosts.endpoint.url,
    simulatedHostToken: hosts.endpoint.token,
    hostLeaseTtlMs: 30_000,
    observe: observeTimes,
    jobConcurrency: 50,
    treeHeads,
    logLevel: 'silent',
  };
  const logger = pino({ level: process.env['WORKER_TEST_LOG'] ?? 'silent' });
  const app = await NestFactory.createApplicationContext(workerModule(settings, logger, EAGER), {
    logger: false,
    abortOnError: false,
  });
  running = app;
  app.get(Stores).listener.start();
  await app.get(WorkerProcess).start();
  return app;
}

async function stopWorker(): Promise<void> {
  const app = running;
  if (app === null) return;
  running = null;
  await app.get(WorkerProcess).stop();
  await app.close();
  await app.get(Stores).close();
}

describe('a worker on Postgres with hosts in a process of their own', () => {
  it('runs workloads of every trust level to their end and keeps the read models in step', async () => {
    await installation.install(2);
    await startWorker();
    const tenants = [await installation.tenant('standard'), await installation.tenant('hostile')];
    const submitted = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const tenant = tenants[index % 2] ?? 'ten_';
        return { tenant, workload: await installation.submit(tenant) };
      }),
    );
    for (const { tenant, workload } of submitted) {
      const state = await installation.reaches(tenant, workload, 'succeeded');
      expect(state.past).toEqual([]);
    }
    const client = new pg.Client({ connectionString: database.workerUrl });
    await client.connect();
    const count = () =>
      client
        .query(`SELECT count(*)::int AS n FROM read.workloads WHERE status = 'succeeded'`)
        .then(({ rows }) => rows[0].n as number);
    await installation.until(count, (succeeded) => succeeded === submitted.length);
    await client.end();
  });

  it('stops what it was told to stop although the queue was emptied in between', async () => {
    await installation.install();
    const app = await startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');

    const queue = app.get<Queue>(getQueueToken(JOBS_QUEUE));
    const { worker } = app.get(JobsProcessor);
    await worker.pause();
    await installation.cancel(tenant, workload);
    await installation.until(
      () => queue.count(),
      (jobs) => jobs > 0,
    );
    await queue.obliterate({ force: true });
    expect(await queue.count()).toBe(0);
    worker.resume();

    await installation.reaches(tenant, workload, 'cancelled');
  });

  it('stops before it starts: a stop overtakes every start that is waiting', async () => {
    await installation.install();
    const app = await startWorker();
    const queue = app.get<Queue>(getQueueToken(JOBS_QUEUE));
    const tenant = await installation.tenant('standard');
    const stopped = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, stopped, 'running');
    const { worker } = app.get(JobsProcessor);
    await worker.pause();
    await Promise.all(Array.from({ length: 3 }, () => installation.submit(tenant)));
    await installation.until(
      () => queue.count(),
      (jobs) => jobs >= 3,
    );
    await installation.cancel(tenant, stopped);
    await installation.until(
      () => queue.count(),
      (jobs) => jobs >= 4,
    );
    const [first] = await queue.getJobs(['prioritized', 'waiting'], 0, 0, true);
    worker.resume();
    expect(first?.name).toBe('stop-workload');
    await installation.reaches(tenant, stopped, 'cancelled');
  });

  it('takes over from a worker that has stopped, with one start of each workload', async () => {
    await installation.install();
    await startWorker();
    const tenant = await installation.tenant('hostile');
    const before = await Promise.all(Array.from({ length: 20 }, () => installation.submit(tenant)));
    await stopWorker();
    await startWorker();
    for (const workload of before) {
      const state = await installation.reaches(tenant, workload, 'succeeded');
      expect(state.uncountedFailures).toBe(0);
    }
  });

  it('tells an operator whether it works, and how far it trails', async () => {
    await installation.install();
    const app = await startWorker();
    const operator = app.get(OperatorServer);
    const port = await operator.listen(0);
    const url = `http://127.0.0.1:${port}`;
    const ready = await installation.until(
      () => fetch(`${url}/health/ready`),
      ({ status }) => status === 200,
    );
    expect(await ready.json()).toMatchObject({ status: 'ready', problems: [] });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('bulkhead_consumer_lag_events{consumer="dispatch"}');
    expect(metrics).toContain('bulkhead_consumer_stopped{consumer="dispatch"} 0');
    expect(metrics).toContain('bulkhead_queue_jobs{state="waiting"}');
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    await installation.until(
      async () => (await fetch(`${url}/metrics`)).text(),
      (text) => text.includes('\nbulkhead_tree_unsigned_events 0\n'),
    );
    const { signer, folder: heads } = treeHeads;
    const exported = join(heads, 'latest.tree-head');
    // The worker may still be recording, so the newest head and the end of the log meet only in the end.
    await installation.until(
      async () => {
        const { size } = openTreeHead(readFileSync(exported, 'utf8'), [signer.verifier]);
        return { size, logHead: await installation.log.head() };
      },
      ({ size, logHead }) => size === logHead,
    );
    await operator.close();
  });

  it('is not ready, and says why, where the log is shorter than what was signed', async () => {
    const { signer, folder: heads } = treeHeads;
    mkdirSync(heads);
    const { signedNote } = signTreeHead({ size: 9_999, rootHash: EMPTY_ROOT }, signer);
    writeFileSync(join(heads, 'latest.tree-head'), signedNote);
    const app = await startWorker();
    const report = await installation.until(
      () => app.get(WorkerHealth).report(),
      ({ components }) => components['tree'] === 'stopped',
    );
    expect(report.ready).toBe(false);
    expect(report.problems).toEqual([
      'tree is stopped',
      expect.stringMatching(/^tree: the log ends at position .* but a tree head of size 9999 was/),
    ]);
    expect(readFileSync(join(heads, 'latest.tree-head'), 'utf8')).toBe(signedNote);
  });
});
