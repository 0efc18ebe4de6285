import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_ROOT, openTreeHead, signTreeHead } from '@bulkhead/event-store/proof';
import pg from 'pg';
import { beforeAll, expect, it } from 'vitest';
import { describeOnDatastores } from './describe-on-datastores.contract.js';
import { StartsProcessor, StopsProcessor } from './jobs/queue-processors.js';
import { OperatorServer } from './operator/operator-server.js';
import { WorkerHealth } from './operator/worker-health.js';
import { BullJobQueue } from './queue/bull-job-queue.js';
import type { Settings } from './settings.js';
import { hanging, type Installation } from './worker-in-process.contract.js';
import type { WorkerUnderTest } from './worker-under-test.contract.js';

describeOnDatastores('a worker with hosts in a process of their own and its queues in', (bed) => {
  let worker: WorkerUnderTest;
  let installation: Installation;

  beforeAll(async () => {
    worker = await bed.prepare();
    installation = worker.installation;
    await installation.install(2);
    await worker.start();
  });

  /** A test may want other settings, and leaves the worker to the next one with them. */
  async function startAgain(changes: Partial<Settings>): Promise<void> {
    await worker.stop();
    await worker.start(changes);
  }

  it('runs workloads of every trust level to their end and keeps the read models in step', async () => {
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
    const client = new pg.Client({ connectionString: worker.database.workerUrl });
    await client.connect();
    const count = () =>
      client
        .query(
          `SELECT count(*)::int AS n FROM read.workloads
            WHERE status = 'succeeded' AND tenant_id = ANY($1)`,
          [tenants],
        )
        .then(({ rows }) => rows[0].n as number);
    await installation.until(count, (succeeded) => succeeded === submitted.length);
    await client.end();
  });

  it('ends what runs longer than it may, of many that start within moments', async () => {
    const tenant = await installation.tenant('standard');
    const limited = { ...hanging, timeoutSeconds: 1 };
    const first = await installation.submit(tenant, limited);
    await installation.until(
      () => installation.types(tenant, first),
      (types) => types.includes('ComputeSystemStarted'),
    );
    const others = await Promise.all(
      Array.from({ length: 8 }, () => installation.submit(tenant, limited)),
    );
    for (const workload of [first, ...others]) {
      await installation.reaches(tenant, workload, 'timed-out');
    }
    expect((await worker.get(WorkerHealth).report()).problems).toEqual([]);
  });

  it('takes several jobs that are due in a part of a millisecond', async () => {
    const data = { tenantId: 'ten_', workloadId: 'wl_', computeSystemId: 'cs_' } as const;
    const jobs = [1, 2].map((nr) => ({
      ...{ kind: 'enforce-timeout' as const, id: `part-of-a-millisecond-${nr}`, delayMs: 60_000.5 },
      data: { ...data, position: 0, correlationId: 'test' },
    }));
    await worker.get(BullJobQueue).add(jobs);
    expect((await worker.queues.stops.getDelayed()).map(({ delay }) => delay)).toEqual(
      expect.arrayContaining([60_001, 60_001]),
    );
    await worker.queues.stops.remove('part-of-a-millisecond-1');
    await worker.queues.stops.remove('part-of-a-millisecond-2');
  });

  it('stops what it was told to stop although the queues were emptied in between', async () => {
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');

    const { stops } = worker.queues;
    const taker = worker.get(StopsProcessor).worker;
    await taker.pause();
    await installation.cancel(tenant, workload);
    await installation.until(
      () => stops.count(),
      (jobs) => jobs > 0,
    );
    const lost = (await stops.getJobs()).map(({ id }) => id ?? '');
    await stops.obliterate({ force: true });
    // By then it may have been issued anew.
    for (const id of lost) expect(await stops.getJob(id)).toBeUndefined();
    taker.resume();

    await installation.reaches(tenant, workload, 'cancelled');
  });

  it('stops what it is told to while not one of many starts gets on', async () => {
    const { starts } = worker.queues;
    const tenant = await installation.tenant('standard');
    const stopped = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, stopped, 'running');
    const taker = worker.get(StartsProcessor).worker;
    await taker.pause();
    await Promise.all(Array.from({ length: 3 }, () => installation.submit(tenant)));
    await installation.until(
      () => starts.count(),
      (jobs) => jobs >= 3,
    );
    await installation.cancel(tenant, stopped);
    await installation.reaches(tenant, stopped, 'cancelled');
    expect(await starts.count()).toBeGreaterThanOrEqual(3);
    taker.resume();
  });

  it('starts one after another where a host may start only one at a time, and fails none', async () => {
    await startAgain({ startsPerHostMax: 1 });
    const tenant = await installation.tenant('standard');
    const workloads = await Promise.all(
      Array.from({ length: 6 }, () => installation.submit(tenant)),
    );
    for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
    const { starts, stops } = await worker.get(BullJobQueue).counts();
    expect([starts['failed'], stops['failed']]).toEqual([0, 0]);
  });

  it('begins starts in the order of placement, so that no crowd overtakes who was placed before it', async () => {
    await startAgain({ jobConcurrency: 1 });
    const startedAt = await installation.log.head();
    const [crowd, single] = [
      await installation.tenant('hostile'),
      await installation.tenant('hostile'),
    ];
    const taker = worker.get(StartsProcessor).worker;
    await taker.pause();
    const small = { resources: { cpuMillis: 100, memoryMiB: 64 } };
    const submit = (count: number) =>
      Promise.all(Array.from({ length: count }, () => installation.submit(crowd, small)));
    const before = await submit(4);
    for (const workload of before) await installation.reaches(crowd, workload, 'placed');
    const alone = await installation.submit(single, small);
    await installation.reaches(single, alone, 'placed');
    const after = await submit(4);
    for (const workload of after) await installation.reaches(crowd, workload, 'placed');
    taker.resume();
    for (const workload of after) await installation.reaches(crowd, workload, 'succeeded');
    const events = await installation.log.readAll({ afterPosition: startedAt, limit: 1_000 });
    const submitted: string[] = [...before, alone, ...after];
    // A start that waits for longer than a second is issued anew, and authorized once more where both jobs meet it.
    const inOrderOf = (type: string) => {
      const found = events.filter(({ event }) => event.type === type).map(({ stream }) => stream);
      return [...new Set(found.filter((stream) => submitted.includes(stream)))];
    };
    expect(inOrderOf('WorkloadPlaced').indexOf(alone)).toBe(before.length);
    expect(inOrderOf('StartAuthorized').indexOf(alone)).toBe(before.length);
  });

  it('takes over from a worker that has stopped, with one start of each workload', async () => {
    const tenant = await installation.tenant('hostile');
    const before = await Promise.all(Array.from({ length: 20 }, () => installation.submit(tenant)));
    await worker.stop();
    await worker.start();
    for (const workload of before) {
      const state = await installation.reaches(tenant, workload, 'succeeded');
      expect(state.uncountedFailures).toBe(0);
    }
  });

  it('tells an operator whether it works, and how far it trails', async () => {
    const operator = worker.get(OperatorServer);
    const port = await operator.listen(0);
    const url = `http://127.0.0.1:${port}`;
    const ready = await installation.until(
      () => fetch(`${url}/health/ready`),
      ({ status }) => status === 200,
    );
    const queue = {
      datastore: bed.datastore,
      answers: true,
      jobs: { starts: { waiting: 0 } },
    };
    expect(await ready.json()).toMatchObject({ status: 'ready', problems: [], queue });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('bulkhead_consumer_lag_events{consumer="dispatch"}');
    expect(metrics).toContain('bulkhead_consumer_stopped{consumer="dispatch"} 0');
    expect(metrics).toContain('bulkhead_queue_jobs{queue="stops",state="waiting"} 0');
    expect(metrics).toContain(`bulkhead_queue_answers{datastore="${bed.datastore}"} 1`);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    await installation.until(
      async () => (await fetch(`${url}/metrics`)).text(),
      (text) => text.includes('\nbulkhead_tree_unsigned_events 0\n'),
    );
    const { signer, folder: heads } = worker.treeHeads;
    const exported = join(heads, 'latest.tree-head');
    // The worker may still be recording, so the newest head and the end of the log meet only in the end.
    await installation.until(
      async () => {
        if (!existsSync(exported)) return { size: null, logHead: 0 };
        const { size } = openTreeHead(readFileSync(exported, 'utf8'), [signer.verifier]);
        return { size, logHead: await installation.log.head() };
      },
      ({ size, logHead }) => size === logHead,
    );
    await operator.close();
  });

  it('is not ready, and says why, where the log is shorter than what was signed', async () => {
    const short = await bed.prepare();
    const { signer, folder: heads } = short.treeHeads;
    mkdirSync(heads);
    const { signedNote } = signTreeHead({ size: 9_999, rootHash: EMPTY_ROOT }, signer);
    writeFileSync(join(heads, 'latest.tree-head'), signedNote);
    await short.start();
    const report = await short.installation.until(
      () => short.get(WorkerHealth).report(),
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
