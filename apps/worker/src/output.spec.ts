import { type HostId, type HostSpec, prefixedId, type WorkloadId } from '@bulkhead/domain';
import { InProcessDriver } from '@bulkhead/hypervisor/simulated';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOUND_REACHED } from './output/output-bound.js';
import { Installation } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(() => installation.stop());

const running = (durationMs: number) => ({
  simulation: { durationMs, exitCode: 0, fault: null },
});

/** Output that never comes. */
const never: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

async function textsOf(workload: WorkloadId): Promise<string[]> {
  const captures = await installation.output.captures(workload);
  return captures.map(({ computeSystemId }) =>
    installation.output
      .chunksOf(computeSystemId)
      .map(({ text }) => text)
      .join(''),
  );
}

describe('what a workload writes', () => {
  it('is all there when the workload has ended', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, running(30));
    await installation.reaches(tenant, workload, 'succeeded');
    const [text] = await textsOf(workload);
    expect(text).toMatch(/^running [\s\S]*step 10 of 10\ndone\n$/);
    expect(await installation.output.captures(workload)).toMatchObject([{ hasEnded: true }]);
  });

  it('can be read while it runs, and is stored once although the worker is replaced meanwhile', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, running(3_500));
    const early = await installation.until(
      async () => (await textsOf(workload))[0] ?? '',
      (text) => text.includes('step 1 '),
    );
    await installation.stop();
    await installation.startWorker();
    await installation.reaches(tenant, workload, 'succeeded');
    const [text = ''] = await textsOf(workload);
    expect(text.startsWith(early)).toBe(true);
    expect(text.match(/step \d+ of 10\n/g)).toHaveLength(10);
    expect(text.endsWith('done\n')).toBe(true);
  });

  it('can be read while it runs although another host does not say what its workloads wrote', async () => {
    let mute: HostId | null = null;
    const driverFor = (host: HostSpec) =>
      new Proxy(new InProcessDriver(installation.simulated, host), {
        get: (target, name) => {
          if (name === 'logs' && host.hostId === mute) return () => never;
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
    installation.sources = { drivers: { driverFor } };
    await installation.install(2);
    await installation.startWorker();
    const [one, other] = [
      await installation.tenant('standard'),
      await installation.tenant('standard'),
    ];
    const silent = await installation.submit(one, running(600_000));
    const { current } = await installation.reaches(one, silent, 'running');
    mute = current?.hostId ?? null;
    const workload = await installation.submit(other, running(600_000));
    const { current: elsewhere } = await installation.reaches(other, workload, 'running');
    expect(elsewhere?.hostId).not.toBe(mute);
    await installation.until(
      async () => (await textsOf(workload))[0] ?? '',
      (text) => text.startsWith('running'),
    );
    expect(await textsOf(silent)).toEqual([]);
  });

  it('is kept apart for each attempt', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, {
      simulation: { durationMs: 20, exitCode: 3, fault: null },
      restartPolicy: { maxAttempts: 2, backoffSeconds: 0 },
    });
    await installation.reaches(tenant, workload, 'failed');
    const texts = await textsOf(workload);
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toMatch(/failed with exit code 3\n$/);
  });

  it('is cut where all attempts together reach the bound', async () => {
    await installation.install();
    const tenant = await installation.tenant('standard');
    const earlier = {
      ...{ tenantId: tenant, computeSystemId: prefixedId('cs', v7()), attempt: 1 },
      ...{ nextOffset: 0, cost: 1_048_400, isCut: false, hasEnded: true, chunks: [] },
    };
    const workload = await installation.submit(tenant, running(20));
    await installation.output.store({ ...earlier, workloadId: workload });
    await installation.startWorker();
    await installation.reaches(tenant, workload, 'succeeded');
    const [, text = ''] = await textsOf(workload);
    expect(text.endsWith(BOUND_REACHED)).toBe(true);
    expect(text).toContain('running');
    expect(text).not.toContain('step 3');
  });
});
