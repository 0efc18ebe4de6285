import type { TenantId, WorkloadId } from '@bulkhead/domain';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from './real-time.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const LIMIT_MS = 1_000;
const SKEW_MS = 600_000;
/** Comparing finds what an alarm missed within this. */
const EAGER = { reconcileEveryMs: 50, reissueAfterMs: 100 };

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

/** Seeds with which the clock of a host jumps far back, and far ahead. */
const JUMPS = { behind: 4, ahead: 1 } as const;

/** A host whose clock jumps when it is provisioned. */
async function hostWhoseClockIs(direction: keyof typeof JUMPS): Promise<TenantId> {
  await installation.install(0);
  const faults = { plan: [{ fault: 'clock-skew', atMs: 0 } as const] };
  const simulation = { timeScale: 1_000, seed: JUMPS[direction], faults };
  await installation.addHosts(1, { simulation });
  return installation.tenant('standard');
}

/** By the host's journal, whose times are of one clock. */
function ranMs(workload: WorkloadId): number {
  const [started] = installation.ran(workload, 'start');
  const [ended] = installation.ran(workload, 'exit');
  return (ended?.atMs ?? Number.NaN) - (started?.atMs ?? Number.NaN);
}

/** By how much what the host reports of the start differs from when the log learned of it. */
async function skewOf(tenant: TenantId, workload: WorkloadId): Promise<number> {
  const history = await installation.history(tenant, workload);
  const started = history.find(({ event }) => event.type === 'ComputeSystemStarted');
  if (started === undefined) throw new Error('it never started');
  return started.event.occurredAtMs - started.recordedAtMs;
}

async function runOut(tenant: TenantId): Promise<WorkloadId> {
  const timeoutSeconds = LIMIT_MS / 1_000;
  const workload = await installation.submit(tenant, { ...hanging, timeoutSeconds });
  await installation.reaches(tenant, workload, 'timed-out');
  return workload;
}

describe('a run-time limit where clocks differ', () => {
  it.each(['behind', 'ahead'] as const)(
    'gives a workload all of its time and no more on a host whose clock is %s',
    async (direction) => {
      const tenant = await hostWhoseClockIs(direction);
      await installation.startWorker(EAGER);
      const workload = await runOut(tenant);
      const skewMs = await skewOf(tenant, workload);
      expect(Math.abs(skewMs)).toBeGreaterThan(2 * LIMIT_MS);
      expect(skewMs < 0).toBe(direction === 'behind');
      expect(ranMs(workload)).toBeGreaterThanOrEqual(LIMIT_MS);
      expect(ranMs(workload)).toBeLessThan(10 * LIMIT_MS);
    },
  );

  it.each([-SKEW_MS, SKEW_MS])(
    'gives it the same from a worker whose clock differs from the log’s by %i ms',
    async (skewMs) => {
      await installation.install();
      installation.sources = { clock: () => realClock() + skewMs };
      await installation.startWorker(EAGER);
      const workload = await runOut(await installation.tenant('standard'));
      expect(ranMs(workload)).toBeGreaterThanOrEqual(LIMIT_MS);
      expect(ranMs(workload)).toBeLessThan(10 * LIMIT_MS);
    },
  );

  it('counts on from the same start where another worker takes over, and where the job comes twice', async () => {
    const tenant = await hostWhoseClockIs('behind');
    installation.queue.lost = ['enforce-timeout'];
    await installation.startWorker(EAGER);
    const timeoutSeconds = (2 * LIMIT_MS) / 1_000;
    const workload = await installation.submit(tenant, { ...hanging, timeoutSeconds });
    await installation.reaches(tenant, workload, 'running');
    await installation.stop();
    // The alarm of the first one was lost: the second finds the start in the log.
    installation.queue.lost = [];
    installation.queue.repeats = 2;
    await installation.startWorker(EAGER, 'the-second');
    await installation.reaches(tenant, workload, 'timed-out');
    expect(ranMs(workload)).toBeGreaterThanOrEqual(2 * LIMIT_MS);
    expect(ranMs(workload)).toBeLessThan(10 * LIMIT_MS);
    const types = await installation.types(tenant, workload);
    expect(types.filter((type) => type === 'WorkloadDeadlineExceeded')).toHaveLength(1);
  });
});

describe('placement where the clock of its worker is set forward', () => {
  it('goes on at once, also where that happens in the middle of a round', async () => {
    let aheadMs = 0;
    let isArmed = false;
    installation.sources = {
      clock: () => realClock() + aheadMs,
      newUuid: () => {
        // What is placed gets its ids from here.
        if (isArmed) aheadMs = SKEW_MS;
        return v7();
      },
    };
    await installation.install();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    await installation.reaches(tenant, await installation.submit(tenant), 'succeeded');
    isArmed = true;
    await installation.reaches(tenant, await installation.submit(tenant), 'succeeded');
    expect(aheadMs).toBe(SKEW_MS);
    const next = await installation.submit(tenant);
    await installation.reaches(tenant, next, 'succeeded');
  });
});
