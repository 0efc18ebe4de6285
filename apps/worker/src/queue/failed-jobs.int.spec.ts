import { prefixedId, queueStream } from '@bulkhead/domain';
import { ToldQueues } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { HostProcess } from '../../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { DATASTORES } from '../../../../test/redis/datastores.js';
import { RedisServer } from '../../../../test/redis/redis-server.js';
import { registration } from '../installed-host.contract.js';
import { Stores } from '../stores.js';
import { WorkerUnderTest } from '../worker-under-test.contract.js';

const fewTries = { attempts: 2, backoff: { type: 'fixed', delay: 10 } };

for (const datastore of DATASTORES) {
  datastore.describe(`a job in ${datastore.name} that has failed for good`, () => {
    let hosts: HostProcess;
    let redis: RedisServer | null = null;
    let worker: WorkerUnderTest;

    beforeAll(async () => {
      hosts = await HostProcess.start();
      if (datastore.name === 'redis') redis = await RedisServer.start();
    });
    afterAll(async () => {
      await hosts.stop();
      await redis?.end();
    });
    beforeEach(async () => {
      worker = await WorkerUnderTest.prepare(hosts, redis?.url ?? null);
      await worker.start();
    });
    afterEach(() => worker.remove());

    it('is told of with its error, and taken up again when an operator says so', async () => {
      const { installation } = worker;
      const told = new ToldQueues(worker.get(Stores).pool);
      const hostsQueue = async () => (await told.list()).find(({ name }) => name === 'hosts');
      const hostId = prefixedId('host', v7());
      const data = { hostId, position: 0, correlationId: 'test' };
      await worker.queues.hosts.add('provision-host', data, { jobId: 'doomed', ...fewTries });

      const failing = await installation.until(hostsQueue, (queue) => queue?.failed === 1);
      const { newestFailureAtMs } = failing ?? {};
      expect(failing?.datastore).toBe(datastore.name);
      expect(failing?.failures).toEqual([
        {
          ...{ job: 'doomed', kind: 'provision-host', tries: 2, hostId, correlationId: 'test' },
          ...{ tenantId: null, workloadId: null, failedAtMs: newestFailureAtMs },
          reason: `host ${hostId} is not registered`,
        },
      ]);

      const retry = (newestFailureMs: number) =>
        ({
          type: 'QueueRetryRequested',
          schemaVersion: 1,
          occurredAtMs: newestFailureMs,
          payload: { queue: 'hosts', failedJobs: 1, newestFailureMs, reason: 'test' },
        }) as const;
      const newest = newestFailureAtMs ?? 0;
      await installation.record(null, queueStream('hosts'), 0, [retry(newest)]);
      const again = await installation.until(
        hostsQueue,
        (queue) => (queue?.newestFailureAtMs ?? 0) > newest,
      );
      expect(again?.failures[0]?.tries).toBe(2);

      await installation.record(null, hostId, 0, [registration(hostId, 1_000, {})]);
      await installation.until(
        () => installation.log.readStream(null, hostId),
        (events) => events.some(({ event }) => event.type === 'HostBooted'),
      );
      await installation.record(null, queueStream('hosts'), 1, [
        retry(again?.newestFailureAtMs ?? 0),
      ]);
      await installation.until(hostsQueue, (queue) => queue?.failed === 0);
    });
  });
}
