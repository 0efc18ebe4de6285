import { afterAll, beforeAll } from 'vitest';
import { HostProcess } from '../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { DATASTORES } from '../../../test/redis/datastores.js';
import { RedisServer } from '../../../test/redis/redis-server.js';
import { WorkerUnderTest } from './worker-under-test.contract.js';

/** What the tests of a suite share on one datastore: hosts in a process of their own, and a Redis where it is one. */
export interface WorkerBed {
  readonly datastore: (typeof DATASTORES)[number]['name'];
  /** A worker that is not started, on a database of its own, with empty queues; removed with the suite. */
  prepare(): Promise<WorkerUnderTest>;
  /** Whatever a Redis holds is gone; where the queues are in Postgres, nothing happens. */
  flushRedis(): Promise<void>;
}

/**
 * Runs a suite on each datastore that may hold the queues.
 * @param title of the suite; the name of the datastore stands behind it
 */
export function describeOnDatastores(title: string, suite: (bed: WorkerBed) => void): void {
  for (const { name: datastore, describe } of DATASTORES) {
    describe(`${title} ${datastore}`, () => {
      let hosts: HostProcess;
      let redis: RedisServer | null = null;
      const prepared: WorkerUnderTest[] = [];
      const flushRedis = async () => {
        await redis?.flushAll();
      };

      beforeAll(async () => {
        hosts = await HostProcess.start();
        if (datastore === 'redis') redis = await RedisServer.start();
      });
      afterAll(async () => {
        for (const worker of prepared) await worker.remove();
        await hosts.stop();
        await redis?.end();
      });

      suite({
        datastore,
        flushRedis,
        prepare: async () => {
          // Workers of a suite share its Redis, where nothing may be left of one that was there before.
          for (const worker of prepared) await worker.stop();
          await flushRedis();
          const worker = await WorkerUnderTest.prepare(hosts, redis?.url ?? null);
          prepared.push(worker);
          return worker;
        },
      });
    });
  }
}
