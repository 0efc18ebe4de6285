import type { TenantId, WorkloadId } from '@bulkhead/domain';
import { InProcessDriver } from '@bulkhead/hypervisor/simulated';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realSteadyClock } from './real-time.js';
import { hanging, Installation } from './worker-in-process.contract.js';

const listening = { simulation: { durationMs: 600_000, exitCode: 0, fault: null } } as const;
const LONG_MS = 600_000;
const BRIEF_MS = 300;

let installation: Installation;
let tenant: TenantId;

beforeEach(async () => {
  installation = new Installation();
  await installation.install();
  tenant = await installation.tenant('standard');
});
afterEach(async () => {
  await installation.stop();
});

async function running(cancelGraceMs: number, changes: object): Promise<WorkloadId> {
  installation.sources = { ...installation.sources, cancelGraceMs };
  await installation.startWorker();
  const workload = await installation.submit(tenant, changes);
  await installation.reaches(tenant, workload, 'running');
  return workload;
}

/** What its host was asked for to end it, in order and each once. */
function asked(workload: WorkloadId): string[] {
  const kinds = installation.journal
    .filter(({ workloadId }) => workloadId === workload)
    .map(({ kind }) => kind)
    .filter((kind) => kind === 'shutdown' || kind === 'terminate');
  return [...new Set(kinds)];
}

function exitOf(workload: WorkloadId): string | undefined {
  return installation.ran(workload, 'exit')[0]?.exitType;
}

describe('a workload that its tenant cancels while it runs', () => {
  it('is asked to end, and ends by itself where it listens', async () => {
    const workload = await running(LONG_MS, listening);
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
    expect(asked(workload)).toEqual(['shutdown']);
    expect(exitOf(workload)).toBe('GracefulExit');
  });

  it('is forced by its host when its grace is over, where it does not listen', async () => {
    const workload = await running(BRIEF_MS, hanging);
    const sinceMs = realSteadyClock();
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
    expect(realSteadyClock() - sinceMs).toBeGreaterThanOrEqual(BRIEF_MS);
    expect(asked(workload)).toEqual(['shutdown']);
    expect(exitOf(workload)).toBe('ForcedExit');
  });

  it('is forced by the service where its host was asked and did nothing', async () => {
    const { simulated } = installation;
    const deaf = (driver: InProcessDriver) =>
      new Proxy(driver, {
        get: (target, name) => {
          if (name === 'shutdown') return async () => {};
          const member: unknown = Reflect.get(target, name, target);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
    const driverFor = (host: never) => deaf(new InProcessDriver(simulated, host));
    installation.sources = { drivers: { driverFor } };
    const workload = await running(BRIEF_MS, hanging);
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
    expect(asked(workload)).toEqual(['terminate']);
  });

  it('has no grace where the service gives none', async () => {
    const workload = await running(0, listening);
    await installation.cancel(tenant, workload);
    await installation.reaches(tenant, workload, 'cancelled');
    expect(asked(workload)).toEqual(['terminate']);
  });
});

describe('no grace keeps behind its wall', () => {
  it('what is evicted because its tenant became hostile, while its cancel waits for its end either', async () => {
    const workload = await running(LONG_MS, hanging);
    await installation.cancel(tenant, workload);
    await installation.until(
      async () => asked(workload),
      (kinds) => kinds.length > 0,
    );
    await installation.changeTrust(tenant, 'hostile');
    await installation.reaches(tenant, workload, 'cancelled');
    expect(asked(workload)).toEqual(['shutdown', 'terminate']);
  });

  it('what has run for as long as it may', async () => {
    const workload = await running(LONG_MS, { ...listening, timeoutSeconds: 1 });
    await installation.reaches(tenant, workload, 'timed-out');
    expect(asked(workload)).toEqual(['terminate']);
  });
});
