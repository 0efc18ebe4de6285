import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STOP_AGAIN_MS } from './observe/overdue-stops.js';
import { hanging, Installation, someRequest } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

describe('a workload from its submission to its end', () => {
  it('runs a standard tenant’s workload in a silo and records every step', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant);
    await installation.reaches(tenant, workload, 'succeeded');
    expect(await installation.types(tenant, workload)).toEqual([
      'WorkloadSubmitted',
      'IsolationDecided',
      ...(await placement(tenant, workload)),
      'StartAuthorized',
      'ComputeSystemCreated',
      'NetworkAttached',
      'ComputeSystemStarted',
      'ComputeSystemExited',
      'ComputeSystemReleased',
      'WorkloadSucceeded',
    ]);
  });

  it('gives a hostile tenant a utility VM whose kernel is recorded from start to end', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    const workload = await installation.submit(tenant);
    const { current } = await installation.reaches(tenant, workload, 'succeeded');
    expect(current?.isolation).toBe('hyperv');
    const kernel = await installation.log.readStream(null, current?.kernelInstanceId ?? 'ki_');
    expect(kernel.map(({ event }) => event.type)).toEqual([
      'KernelStarted',
      'KernelClaimed',
      'KernelEnded',
    ]);
  });

  it('tries again what has failed, as often as its restart policy allows', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const simulation = { durationMs: 5, exitCode: 3, fault: null };
    const restartPolicy = { maxAttempts: 2, backoffSeconds: 0 };
    const workload = await installation.submit(tenant, { simulation, restartPolicy });
    const state = await installation.reaches(tenant, workload, 'failed');
    expect(state.countedFailures).toBe(2);
    expect(installation.ran(workload, 'started')).toHaveLength(2);
  });

  it('ends what runs for longer than its limit', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, { ...hanging, timeoutSeconds: 1 });
    await installation.reaches(tenant, workload, 'timed-out');
    expect(installation.ran(workload, 'exit')).toHaveLength(1);
  });

  it('finds room for many more workloads than fit at once, each exactly once', async () => {
    await installation.install(2);
    await installation.startWorker();
    const tenants = await Promise.all([
      installation.tenant('standard'),
      installation.tenant('hostile'),
      installation.tenant('trusted'),
    ]);
    const submitted = await Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const tenant = tenants[index % 3] ?? tenants[0];
        return { tenant, workload: await installation.submit(tenant) };
      }),
    );
    for (const { tenant, workload } of submitted) {
      await installation.reaches(tenant, workload, 'succeeded');
      expect(installation.ran(workload, 'start')).toHaveLength(1);
    }
  });
});

describe('stopping', () => {
  it('cancels what runs once its end was heard', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
    expect(installation.ran(workload, 'exit')).toHaveLength(1);
  });

  it('never runs what was cancelled, however start and cancel race', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workloads = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const workload = await installation.submit(tenant, hanging);
        await new Promise((resolve) => setTimeout(resolve, index * 2));
        await installation.cancel(tenant, workload);
        return workload;
      }),
    );
    for (const workload of workloads) {
      await installation.reaches(tenant, workload, 'cancelled');
      const started = installation.ran(workload, 'start').length;
      expect(installation.ran(workload, 'exit').length).toBe(started);
    }
  });

  it('evicts running silos when their tenant becomes hostile and runs them again in utility VMs', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    await installation.changeTrust(tenant, 'hostile');
    const state = await installation.until(
      () => installation.state(tenant, workload),
      ({ status, current }) => status === 'running' && current?.isolation === 'hyperv',
    );
    expect(state.past.map(({ eviction }) => eviction)).toEqual(['trust-changed']);
    expect(state.uncountedFailures).toBe(1);
  });

  it('does not start a placed silo whose tenant became hostile before the start', async () => {
    await installation.install();
    installation.queue.lost = ['start-workload'];
    const { jobs } = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    const start = await installation.until(
      async () => installation.queue.seen.find(({ kind }) => kind === 'start-workload'),
      (job) => job !== undefined && jobs.follower.hasSeen(job.data.position),
    );
    expect((await installation.state(tenant, workload)).current?.isolation).toBe('process');
    await installation.changeTrust(tenant, 'hostile');
    if (start === undefined) throw new Error('no start was dispatched');
    await installation.queue.take?.(start);
    const state = await installation.until(
      () => installation.state(tenant, workload),
      ({ current }) => current?.isolation === 'hyperv',
    );
    expect(state.past[0]?.eviction).toBe('trust-changed');
    expect(installation.ran(workload, 'start')).toEqual([]);
  });

  it('does not start what waits on a host that was fenced before the start', async () => {
    const [host = 'host_'] = await installation.install();
    installation.queue.lost = ['start-workload'];
    const { jobs } = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    const start = await installation.until(
      async () => installation.queue.seen.find(({ kind }) => kind === 'start-workload'),
      (job) => job !== undefined && jobs.follower.hasSeen(job.data.position),
    );
    await installation.fence(host);
    if (start === undefined) throw new Error('no start was dispatched');
    await installation.queue.take?.(start);
    expect(await installation.types(tenant, workload)).not.toContain('StartAuthorized');
    expect(installation.ran(workload, 'start')).toEqual([]);
  });
});

describe('work that is lost, late or repeated', () => {
  it('does no harm when every job runs twice', async () => {
    await installation.install(2);
    installation.queue.repeats = 2;
    await installation.startWorker();
    const tenants = [await installation.tenant('standard'), await installation.tenant('hostile')];
    const submitted = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const tenant = tenants[index % 2] ?? 'ten_';
        return { tenant, workload: await installation.submit(tenant, someRequest()) };
      }),
    );
    for (const { tenant, workload } of submitted) {
      await installation.reaches(tenant, workload, 'succeeded');
      expect(installation.ran(workload, 'start')).toHaveLength(1);
    }
  });

  it.each(['start-workload', 'release-workload', 'stop-workload', 'provision-host'] as const)(
    'issues %s again after the queue has lost it',
    async (kind) => {
      await installation.install();
      installation.queue.lost = [kind];
      await installation.startWorker({ reconcileEveryMs: 100, reissueAfterMs: 150 });
      const tenant = await installation.tenant('standard');
      const workload = await installation.submit(tenant, kind === 'stop-workload' ? hanging : {});
      if (kind === 'stop-workload') {
        await installation.reaches(tenant, workload, 'running');
        await installation.cancel(tenant, workload);
      }
      await installation.until(
        async () => installation.queue.seen,
        (jobs) => jobs.some((job) => job.kind === kind && job.id.includes('again')),
      );
      installation.queue.lost = [];
      const end = kind === 'stop-workload' ? 'cancelled' : 'succeeded';
      await installation.reaches(tenant, workload, end);
    },
  );

  it('issues a stop again within seconds, however seldom hosts are compared with the log', async () => {
    await installation.install();
    installation.queue.lost = ['stop-workload'];
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    await installation.cancel(tenant, workload);
    const cancelledAtMs = performance.now();
    const stops = () => installation.queue.seen.filter(({ kind }) => kind === 'stop-workload');
    await installation.until(
      async () => stops(),
      (jobs) => jobs.length === 1,
    );
    installation.queue.lost = [];
    await installation.reaches(tenant, workload, 'cancelled');
    expect(performance.now() - cancelledAtMs).toBeLessThan(2 * STOP_AGAIN_MS);
    expect(stops()).toHaveLength(2);
  });

  it('lets one of two workers place and both drive the hosts', async () => {
    await installation.install();
    const first = await installation.startWorker();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workloads = await Promise.all(
      Array.from({ length: 20 }, () => installation.submit(tenant)),
    );
    for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
    expect(first.follower.fleet.placer.state.term).toBe(1);
  });
});

async function placement(tenant: `ten_${string}`, workload: `wl_${string}`): Promise<string[]> {
  const types = await installation.types(tenant, workload);
  return types.slice(2, types.indexOf('StartAuthorized'));
}
