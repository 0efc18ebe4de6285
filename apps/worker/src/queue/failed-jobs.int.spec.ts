import { prefixedId, queueStream } from '@bulkhead/domain';
import { ToldQueues } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { beforeAll, expect, it } from 'vitest';
import { describeOnDatastores } from '../describe-on-datastores.contract.js';
import { registration } from '../installed-host.contract.js';
import { WorkerHealth } from '../operator/worker-health.js';
import { Stores } from '../stores.js';
import type { WorkerUnderTest } from '../worker-under-test.contract.js';
import { BullJobQueue } from './bull-job-queue.js';
import { QueueOutages } from './queue-outages.js';

const fewTries = { attempts: 2, backoff: { type: 'fixed', delay: 10 } };

describeOnDatastores('a job that has failed for good in', (bed) => {
  let worker: WorkerUnderTest;

  beforeAll(async () => {
    worker = await bed.prepare();
    await worker.start();
  });

  it('is told of with its error, and taken up again when an operator says so', async () => {
    const { installation } = worker;
    const told = new ToldQueues(worker.get(Stores).pool);
    const hostsQueue = async () => (await told.list()).find(({ name }) => name === 'hosts');
    const hostId = prefixedId('host', v7());
    const data = { hostId, position: 0, correlationId: 'test' };
    await worker.queues.hosts.add('provision-host', data, { jobId: 'doomed', ...fewTries });

    const failing = await installation.until(hostsQueue, (queue) => queue?.failed === 1);
    const { newestFailureAtMs } = failing ?? {};
    expect(failing?.datastore).toBe(bed.datastore);
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

  it('is no outage of the queue where the queue refused the job, and what it refused is told as that', async () => {
    const refused = { kind: 'provision-host', id: '12', delayMs: 0 } as const;
    const data = { hostId: prefixedId('host', v7()), position: 0, correlationId: 'test' };
    const adding = worker.get(BullJobQueue).add([{ ...refused, data }]);
    await expect(adding).rejects.toThrow(/^Custom Id cannot be integers$/);
    expect((await worker.get(WorkerHealth).report()).queue.answers).toBe(true);
    expect(worker.get(QueueOutages).current).toBeNull();
  });
});
