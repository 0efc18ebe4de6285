import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostProcess } from '../../../../libs/hypervisor/src/drivers/simulated-host/host-process.contract.js';
import { TcpProxy } from '../../../../test/postgres/tcp-proxy.js';
import { WorkerUnderTest } from '../worker-under-test.contract.js';
import { ANSWERED_WITHIN_MS } from './bounded-questions.js';
import { OperatorServer } from './operator-server.js';
import type { HealthReport } from './worker-health.js';

/** Beside the wait itself, on a machine with much else to do. */
const MARGIN_MS = 4_000;

describe('a worker whose Postgres says nothing any more', () => {
  let hosts: HostProcess;
  let worker: WorkerUnderTest;
  let proxy: TcpProxy;
  let url: string;

  beforeAll(async () => {
    hosts = await HostProcess.start();
    worker = await WorkerUnderTest.prepare(hosts, null);
    const network = await TcpProxy.to(new URL(worker.database.workerUrl));
    proxy = network.proxy;
    await worker.start({ workerDatabaseUrl: network.url });
    url = `http://127.0.0.1:${await worker.get(OperatorServer).listen(0)}`;
  });
  afterAll(async () => {
    await worker.get(OperatorServer).close();
    await worker.remove();
    await proxy.close();
    await hosts.stop();
  });

  const ask = async () => {
    const response = await fetch(`${url}/health/ready`);
    return { status: response.status, report: (await response.json()) as HealthReport };
  };
  const isReady = async () => (await ask()).status === 200;

  it('still says within seconds how it is, however often it is asked, and is well again afterwards', async () => {
    await expect.poll(isReady).toBe(true);
    proxy.swallowsAnswers = true;
    for (let times = 0; times < 2; times += 1) {
      const askedAtMs = performance.now();
      const [{ status, report }] = await Promise.all([ask(), ask(), ask()]);
      expect(performance.now() - askedAtMs).toBeLessThan(ANSWERED_WITHIN_MS + MARGIN_MS);
      expect(status).toBe(503);
      expect(report.problems).toContain(`Postgres: no answer within ${ANSWERED_WITHIN_MS} ms`);
    }
    proxy.swallowsAnswers = false;
    proxy.cut();
    await expect.poll(isReady).toBe(true);
  });
});
