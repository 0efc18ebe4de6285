import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { StartsProcessor } from '../../apps/worker/src/jobs/queue-processors.js';
import { reissuedWithinMs } from '../../apps/worker/src/observe/observe-parts.js';
import { WorkerHealth } from '../../apps/worker/src/operator/worker-health.js';
import type { Installation } from '../../apps/worker/src/worker-in-process.contract.js';
import { EAGER, WorkerUnderTest } from '../../apps/worker/src/worker-under-test.contract.js';
import { HostProcess } from '../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { describeOnRedis } from '../redis/datastores.js';
import { RedisServer } from '../redis/redis-server.js';

/** What a busy machine takes on top of the bound. */
const MARGIN_MS = 6_000;
const AWAY_MS = 1_500;
/** Less than a supervisor's patience. */
const STOP_WITHIN_MS = 10_000;
let hosts: HostProcess;
let redis: RedisServer;
let worker: WorkerUnderTest;
let installation: Installation;

async function submitSome(tenant: `ten_${string}`, count: number) {
  return Promise.all(Array.from({ length: count }, () => installation.submit(tenant)));
}

const linesWith = (text: string) => worker.lines.filter((line) => line.includes(text));

describeOnRedis('a worker whose Redis has trouble', () => {
  beforeAll(async () => {
    hosts = await HostProcess.start();
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await hosts.stop();
    await redis.end();
  });
  beforeEach(async () => {
    await redis.flushAll();
    worker = await WorkerUnderTest.prepare(hosts, redis.url);
    installation = worker.installation;
    await installation.install(2);
    await worker.start();
  });
  afterEach(() => worker.remove());

  it('loses nothing when everything in it is deleted: jobs are issued again from the log in time', async () => {
    const tenant = await installation.tenant('standard');
    const { starts } = worker.queues;
    const taker = worker.get(StartsProcessor).worker;
    await taker.pause();
    const workloads = await submitSome(tenant, 20);
    await installation.until(
      () => starts.count(),
      (jobs) => jobs >= workloads.length,
    );
    await redis.flushAll();
    const flushedAtMs = Date.now();
    await installation.until(
      () => starts.count(),
      (jobs) => jobs > 0,
    );
    expect(Date.now() - flushedAtMs).toBeLessThan(reissuedWithinMs(EAGER) + MARGIN_MS);
    taker.resume();
    const more = await submitSome(tenant, 10);
    for (const workload of [...workloads, ...more]) {
      const state = await installation.reaches(tenant, workload, 'succeeded');
      expect(state.past).toEqual([]);
    }
  });

  it('waits for it when it is gone, tells so once, and goes on when it is back', async () => {
    const tenant = await installation.tenant('standard');
    const [first = 'wl_'] = await submitSome(tenant, 1);
    await installation.reaches(tenant, first, 'succeeded');
    await redis.kill();
    const workloads = await submitSome(tenant, 10);
    const health = worker.get(WorkerHealth);
    const report = await installation.until(
      () => health.report(),
      ({ queue }) => !queue.answers,
    );
    expect(report.problems).toEqual([
      expect.stringMatching(
        /^queue in redis does not answer: .*(ECONNREFUSED|ECONNRESET|closed|writeable)/,
      ),
    ]);
    await sleep(AWAY_MS);
    await redis.run();
    for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
    await installation.until(
      () => health.report(),
      ({ ready }) => ready,
    );
    expect(linesWith('the queues cannot be reached')).toHaveLength(1);
    expect(linesWith('the queues answer again')).toHaveLength(1);
    expect(linesWith('consumer stopped')).toEqual([]);
  });
});

describeOnRedis('a worker that is stopped while its Redis is away', () => {
  it('ends in time', { timeout: 15000 }, async () => {
    const [hostProcess, server] = await Promise.all([HostProcess.start(), RedisServer.start()]);
    const stopped = await WorkerUnderTest.prepare(hostProcess, server.url);
    await stopped.start();
    await server.kill();
    const beganAtMs = Date.now();
    await stopped.remove();
    expect(Date.now() - beganAtMs).toBeLessThan(STOP_WITHIN_MS);
    await Promise.all([hostProcess.stop(), server.end()]);
  });
});
