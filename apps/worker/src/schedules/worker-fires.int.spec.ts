import type { BatchId, ScheduleId, TenantId } from '@bulkhead/domain';
import { beforeAll, expect, it } from 'vitest';
import { describeOnDatastores } from '../describe-on-datastores.contract.js';
import { someRequest } from '../some-request.contract.js';
import type { WorkerUnderTest } from '../worker-under-test.contract.js';
import { MINUTE_MS, ScheduledWorld } from './scheduled-world.contract.js';

const { contentSha256: _sealed, ...task } = someRequest();

describeOnDatastores('schedules of a whole worker with its queues in', (bed) => {
  let worker: WorkerUnderTest;
  let world: ScheduledWorld;
  let tenant: TenantId;

  beforeAll(async () => {
    worker = await bed.prepare();
    world = new ScheduledWorld(worker.installation.log);
    await worker.installation.install(2);
    tenant = await worker.installation.tenant('standard');
  });

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
    await bed.flushRedis();
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
