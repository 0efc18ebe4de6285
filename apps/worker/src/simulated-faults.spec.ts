import { checkLog } from '@bulkhead/checker';
import {
  type HostId,
  type SimulatedFaultId,
  simulatedFaultIds,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation } from './worker-in-process.contract.js';

let installation: Installation;

beforeEach(() => {
  installation = new Installation();
});
afterEach(async () => {
  await installation.stop();
});

const WORKLOADS = 3;
/** More than fit into the 30 ms for which a host here has no commit left, when each is refused at once. */
const ATTEMPTS_MAX = 20;
/** More than any of these logs; the most that is read at a time. */
const LOG_MAX = 5_000;
const times = { reconcileEveryMs: 100, reissueAfterMs: 400, lostAfterMs: 400, leaseMarginMs: 100 };

/** What the worker gets to see of a fault that struck the second start of the only host. */
interface Told {
  /** Journals and histories as text, so that a line can name what must be in them. */
  readonly journal: string;
  readonly histories: string;
  /** By how much a reported time differs from when it was recorded, at most. */
  readonly skewMs: number;
}

/** Faults of a guest need a tenant that gets utility VMs, the others strike silos. */
const ofGuests: readonly SimulatedFaultId[] = [
  'guest-connect-timeout',
  'guest-connection-lost',
  'utility-vm-crash',
];

const boots = ({ journal }: Told) => journal.split('"kind":"boot"').length - 1;

/**
 * What shows that it really came, and that the worker took it for what it was; null for what leaves no
 * trace in log or journal.
 */
const CAME: Readonly<Record<SimulatedFaultId, ((told: Told) => boolean) | null>> = {
  'hcs-hang': (told) => boots(told) === 2 && told.histories.includes('host-rebooted'),
  'start-timeout': ({ histories }) => histories.includes('HCS_E_OPERATION_TIMEOUT'),
  'guest-connect-timeout': ({ histories }) => histories.includes('HCS_E_CONNECTION_TIMEOUT'),
  'guest-connection-lost': ({ histories }) => histories.includes(`"exitCode":${0x8037010a}`),
  'utility-vm-crash': ({ histories }) => histories.includes(`"exitCode":${0x8037011c}`),
  'host-bug-check': (told) => boots(told) === 2 && told.histories.includes('host-rebooted'),
  'layer-import-transient': null,
  'layer-import-failure': ({ histories }) =>
    histories.includes('HCS_E_INVALID_LAYER') && histories.includes('ImagePulled'),
  'endpoint-leak': () => hostOfTest().usage().network.taken === 1,
  'duplicate-address': null,
  'service-disconnect': (told) => boots(told) === 1,
  zombie: null,
  'commit-exhaustion': ({ histories }) => histories.includes('ERROR_COMMITMENT_LIMIT'),
  'slow-disk': null,
  'clock-skew': ({ skewMs }) => skewMs > 1_000,
  'escape-attempt': ({ journal }) => journal.includes('reached the kernel of the host'),
};

let hostId: HostId = 'host_';
const hostOfTest = () => installation.simulated.host(hostId);

/** A host with the fault, and everything that runs there until its end. */
async function runUnder(fault: SimulatedFaultId): Promise<Told> {
  await installation.install(0);
  const faults = { plan: [{ fault, onStart: 2 }] };
  const simulation = { timeScale: 1, seed: 7, faults };
  [hostId = 'host_'] = await installation.addHosts(1, { simulation });
  await installation.startWorker(times);
  const tenant = await installation.tenant(ofGuests.includes(fault) ? 'hostile' : 'standard');
  const workloads: WorkloadId[] = [];
  for (let at = 0; at < WORKLOADS; at += 1) {
    const workload = await installation.submit(tenant, {
      restartPolicy: { maxAttempts: ATTEMPTS_MAX, backoffSeconds: 0 },
      simulation: { durationMs: 60, exitCode: 0, fault: null },
    });
    workloads.push(workload);
  }
  for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
  return told(tenant, workloads);
}

async function told(tenant: TenantId, workloads: readonly WorkloadId[]): Promise<Told> {
  const histories = await Promise.all(
    workloads.map((workload) => installation.history(tenant, workload)),
  );
  const skews = histories
    .flat()
    .map(({ event, recordedAtMs }) => Math.abs(event.occurredAtMs - recordedAtMs));
  return {
    skewMs: Math.max(...skews),
    journal: JSON.stringify(installation.journal),
    histories: JSON.stringify(histories),
  };
}

describe('a worker whose host has a fault', () => {
  it.each(simulatedFaultIds)(
    'brings every workload to its end under %s, with a log that keeps the promises',
    async (fault) => {
      const seen = await runUnder(fault);
      expect(CAME[fault]?.(seen) ?? true).toBe(true);
      const report = await checkLog({
        events: await installation.log.readAll({ afterPosition: 0, limit: LOG_MAX }),
        journals: [{ hostId, entries: installation.journal }],
        options: { mustBeFinished: true },
      });
      expect(report.violations).toEqual([]);
      expect(report.journalEntries).toBeGreaterThan(WORKLOADS);
      expect(installation.leasedTooEarly).toEqual([]);
    },
  );

  it('runs no workload twice at a time under any mixture of faults', async () => {
    await installation.install(0);
    const simulation = (seed: number) => ({
      ...{ timeScale: 1, seed },
      faults: { seed, plan: [{ fault: 'service-disconnect', onStart: 3 } as const] },
    });
    const hosts: HostId[] = [];
    for (const seed of [11, 12, 13]) {
      hosts.push(...(await installation.addHosts(1, { simulation: simulation(seed) })));
    }
    await installation.startWorker(times);
    const tenant = await installation.tenant('hostile');
    const workloads: WorkloadId[] = [];
    for (let at = 0; at < 30; at += 1) {
      const restartPolicy = { maxAttempts: 100, backoffSeconds: 0 };
      workloads.push(await installation.submit(tenant, { restartPolicy }));
    }
    for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
    const report = await checkLog({
      events: await installation.log.readAll({ afterPosition: 0, limit: LOG_MAX }),
      journals: hosts.map((id) => ({
        hostId: id,
        entries: installation.journal.filter((entry) => entry.hostId === id),
      })),
      options: { mustBeFinished: true },
    });
    expect(report.violations).toEqual([]);
  });
});
