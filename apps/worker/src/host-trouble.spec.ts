import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hanging, Installation } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

const causeOf = async (tenant: `ten_${string}`, workload: `wl_${string}`) =>
  (await installation.state(tenant, workload)).past.map(({ loss }) => loss);

describe('a host that boots anew', () => {
  it('loses what it ran, which runs again on the new kernel without counting as a failure', async () => {
    const [host = 'host_'] = await installation.install();
    await installation.startWorker();
    const [standard, hostile] = [
      await installation.tenant('standard'),
      await installation.tenant('hostile'),
    ];
    const silo = await installation.submit(standard, hanging);
    const vm = await installation.submit(hostile, hanging);
    const before = await installation.reaches(standard, silo, 'running');
    await installation.reaches(hostile, vm, 'running');
    installation.simulated.host(host).reboot({ token: 1, cause: 1_000_000 });
    for (const [tenant, workload] of [
      [standard, silo],
      [hostile, vm],
    ] as const) {
      const state = await installation.until(
        () => installation.state(tenant, workload),
        ({ status, past }) => status === 'running' && past.length === 1,
      );
      expect(state.past[0]?.loss).toBe('host-rebooted');
      expect(state.countedFailures).toBe(0);
    }
    const kernel = before.current?.kernelInstanceId ?? 'ki_';
    const events = await installation.log.readStream(null, kernel);
    expect(events.at(-1)?.event).toMatchObject({
      type: 'KernelEnded',
      payload: { cause: 'rebooted' },
    });
    expect(installation.leasedTooEarly).toEqual([]);
  });

  it('never starts on the new boot what was placed on the one before', async () => {
    const [host = 'host_'] = await installation.install();
    installation.queue.lost = ['start-workload'];
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    const workload = await installation.submit(tenant, hanging);
    const { current } = await installation.reaches(tenant, workload, 'placed');
    const late = installation.queue.seen.find(({ kind }) => kind === 'start-workload');
    installation.simulated.host(host).reboot({ token: 1, cause: 1_000_000 });
    installation.queue.lost = [];
    await installation.until(
      () => installation.state(tenant, workload),
      ({ past, status }) => past.length === 1 && status === 'running',
    );
    if (late !== undefined) await installation.queue.take?.(late);
    expect(await causeOf(tenant, workload)).toEqual(['host-rebooted']);
    const starts = installation.ran(workload, 'start').map((entry) => entry.computeSystemId);
    expect(starts).not.toContain(current?.computeSystemId);
  });
});

describe('a host that falls silent', () => {
  const times = { lostAfterMs: 200, leaseMarginMs: 100 };

  it('is lost, and what it ran runs elsewhere only after its lease must have ended', async () => {
    await installation.install();
    await installation.startWorker(times);
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    const { current } = await installation.reaches(tenant, workload, 'running');
    installation.silent = true;
    await installation.until(
      () => installation.types(tenant, workload),
      (types) => types.includes('WorkloadRetryScheduled'),
    );
    expect(await installation.state(tenant, workload)).toMatchObject({ uncountedFailures: 1 });
    const ended = installation
      .ran(workload, 'exit')
      .find(({ computeSystemId }) => computeSystemId === current?.computeSystemId);
    const history = await installation.history(tenant, workload);
    const lost = history.find(({ event }) => event.type === 'ComputeSystemLost');
    expect(ended?.exitType).toBe('LeaseExpired');
    expect(lost?.recordedAtMs).toBeGreaterThanOrEqual(ended?.atMs ?? Number.POSITIVE_INFINITY);
    installation.silent = false;
    await installation.reaches(tenant, workload, 'running');
  });

  it('does not keep the place of what it ran although the job that frees it was lost', async () => {
    await installation.install();
    installation.queue.lost = ['release-workload'];
    await installation.startWorker({ ...times, reissueAfterMs: 300 });
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    installation.silent = true;
    const seen = async () => installation.queue.seen.map(({ kind }) => kind);
    await installation.until(seen, (kinds) => kinds.includes('release-workload'));
    installation.queue.lost = [];
    await installation.until(
      () => installation.types(tenant, workload),
      (types) => types.includes('WorkloadRetryScheduled'),
    );
    expect(installation.silent).toBe(true);
  });

  it('keeps what it ran when it answers again in time', async () => {
    const [host = 'host_'] = await installation.install();
    await installation.startWorker({ ...times, lostAfterMs: 100 });
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    installation.silent = true;
    const types = async () =>
      (await installation.log.readStream(null, host)).map(({ event }) => event.type);
    await installation.until(types, (seen) => seen.includes('HostLost'));
    installation.silent = false;
    await installation.until(types, (seen) => seen.includes('HostRecovered'));
    expect(await installation.state(tenant, workload)).toMatchObject({
      status: 'running',
      uncountedFailures: 0,
    });
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
  });

  it('gives up what it ran at once when an operator fences it', async () => {
    const [host = 'host_'] = await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('hostile');
    const workload = await installation.submit(tenant, hanging);
    const { current } = await installation.reaches(tenant, workload, 'running');
    installation.silent = true;
    await installation.fence(host);
    await installation.until(
      () => installation.types(tenant, workload),
      (types) => types.includes('WorkloadRetryScheduled'),
    );
    const kernel = await installation.log.readStream(null, current?.kernelInstanceId ?? 'ki_');
    expect(kernel.at(-1)?.event).toMatchObject({
      type: 'KernelEnded',
      payload: { cause: 'fenced' },
    });
  });
});

describe('workers that come and go', () => {
  it('goes on where the last worker stopped, with everything read from the log', async () => {
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const running = await installation.submit(tenant, {
      simulation: { durationMs: 300, exitCode: 0, fault: null },
    });
    await installation.reaches(tenant, running, 'running');
    await installation.stop();
    const waiting = await installation.submit(tenant);
    await installation.startWorker();
    await installation.reaches(tenant, running, 'succeeded');
    await installation.reaches(tenant, waiting, 'succeeded');
    expect(installation.ran(running, 'start')).toHaveLength(1);
  });

  it('refuses what a deposed placer still appends', async () => {
    await installation.install();
    const first = await installation.startWorker();
    const tenant = await installation.tenant('standard');
    await installation.reaches(tenant, await installation.submit(tenant), 'succeeded');
    installation.leases.takeAway('placer');
    const second = await installation.startWorker();
    const workload = await installation.submit(tenant);
    await installation.reaches(tenant, workload, 'succeeded');
    const { fleet } = second.follower;
    expect(fleet.placer.state.term).toBeGreaterThanOrEqual(2);
    expect(first.follower.fleet.pending.size).toBe(0);
    const placed = (await installation.history(tenant, workload)).filter(
      ({ event }) => event.type === 'WorkloadPlaced',
    );
    expect(placed).toHaveLength(1);
  });
});
