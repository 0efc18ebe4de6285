import type { BatchId, ScheduleId, TenantId } from '@bulkhead/domain';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { HostProcess } from '../../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { DATASTORES } from '../../../../test/redis/datastores.js';
import { RedisServer } from '../../../../test/redis/redis-server.js';
import { someRequest } from '../some-request.contract.js';
import { WorkerUnderTest } from '../worker-under-test.contract.js';
import { MINUTE_MS, ScheduledWorld } from './scheduled-world.contract.js';

const { contentSha256: _sealed, ...task } = someRequest();

for (const datastore of DATASTORES) {
  datastore.describe(`schedules of a whole worker with its queues in ${datastore.name}`, () => {
    let hosts: HostProcess;
    let redis: RedisServer | null = null;
    let worker: WorkerUnderTest;
    let world: ScheduledWorld;
    let tenant: TenantId;

    beforeAll(async () => {
      hosts = await HostProcess.start();
      if (datastore.name === 'redis') redis = await RedisServer.start();
    });
    afterAll(async () => {
      await hosts.stop();
      await redis?.end();
    });
    beforeEach(async () => {
      await redis?.flushAll();
      worker = await WorkerUnderTest.prepare(hosts, redis?.url ?? null);
      world = new ScheduledWorld(worker.installation.log);
      await worker.installation.install(2);
      tenant = await worker.installation.tenant('standard');
    });
    afterEach(() => worker.remove());

    /** Of which one planned time has just come, and nobody has fired it. */
    function dueNow(): Promise<ScheduleId> {
      world.nowMs = Date.now() - MINUTE_MS;
      return world.create(tenant, {}, { tasks: [task], count: 3 });
    }

    /** The first batch that it fires. */
    async function fired(scheduleId: ScheduleId): Promise<BatchId> {
      const batchOf = async () =>
        (await world.runs(tenant, scheduleId)).find(({ batchId }) => batchId !== null)?.batchId;
      const batchId = await worker.installation.until(batchOf, (found) => found != null);
      return batchId as BatchId;
    }

    it('fire, and their batches run to their end, although the queues were emptied in between', async () => {
      const { installation } = worker;
      const first = await dueNow();
      await worker.start();
      const batches = [await fired(first)];
      for (const queue of Object.values(worker.queues)) await queue.obliterate({ force: true });
      await redis?.flushAll();
      batches.push(await fired(await dueNow()));
      for (const batchId of batches) {
        const ended = async () => {
          const { status, counts } = await installation.batch(tenant, batchId);
          return [status, counts.succeeded];
        };
        await expect.poll(ended, { timeout: 40_000 }).toEqual(['succeeded', 3]);
      }
    });
  });
}
