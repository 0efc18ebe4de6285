import { type HostSpec, type SimulatedFaultId, simulatedFaultIds } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { describeDriver } from '../driver.contract.js';
import type { Excluded } from '../driver-clauses.contract.js';
import { type DriverUnderTest, running, someSpec } from '../driver-scenario.contract.js';
import { HostHistory } from './host-history.js';
import { InProcessDriver, SimulatedFleet, VirtualTime } from './index.js';

const FENCE = { token: 1, cause: 1 };
const LEASE_MS = 60_000;
/** A hang lasts longest: the time-out of a start and a boot, by the time scale of the suite. */
const SETTLE_MS = 10_000;
const STEP_MS = 500;

interface UnderFault {
  /**
   * `always`: it strikes each time that it can. `once`: it has struck the first start of the host, whatever
   * that took with it, and what comes after must know nothing of it.
   */
  readonly comes: 'always' | 'once';
  /** Clauses that the fault makes impossible to keep, each with the reason. */
  readonly excludes: Excluded;
}

const once: UnderFault = { comes: 'once', excludes: {} };
const always: UnderFault = { comes: 'always', excludes: {} };

/** How the contract is demanded under each fault. A fault that fails every start has nothing left to demand. */
const UNDER: Readonly<Record<SimulatedFaultId, UnderFault>> = {
  'hcs-hang': once,
  'start-timeout': once,
  'guest-connect-timeout': once,
  'guest-connection-lost': once,
  'utility-vm-crash': once,
  'host-bug-check': once,
  'layer-import-transient': once,
  'layer-import-failure': once,
  'endpoint-leak': always,
  'duplicate-address': always,
  'service-disconnect': once,
  zombie: {
    comes: 'always',
    excludes: {
      'tells what is there, then every change until the exit, stages included':
        'the end of a zombie is told to nobody; it is found by whoever lists',
    },
  },
  'commit-exhaustion': once,
  'slow-disk': once,
  'clock-skew': once,
  'escape-attempt': always,
};

const switched = (fault: SimulatedFaultId, host: HostSpec): HostSpec => ({
  ...host,
  simulation: {
    timeScale: 100,
    seed: 7,
    faults:
      UNDER[fault].comes === 'always'
        ? { rates: { [fault]: 1 } }
        : { plan: [{ fault, onStart: 1 }] },
  },
});

let boots = 0;

async function open(fault: SimulatedFaultId, host: HostSpec): Promise<DriverUnderTest> {
  const time = new VirtualTime(1_000_000);
  const fleet = new SimulatedFleet({
    clock: time.clock,
    timers: time,
    uuid: () => `fault-boot-${++boots}`,
    timeScale: 1,
    openJournal: () => ({ sink: { append: () => {} }, history: new HostHistory() }),
    keep: () => {},
  });
  const spec = switched(fault, host);
  const driver = new InProcessDriver(fleet, spec);
  const pass = async (ms: number) => {
    time.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const provision = driver.provision.bind(driver);
  driver.provision = (_host, fence) => provision(spec, fence);
  if (UNDER[fault].comes === 'once') await strike(driver, spec, pass);
  return { driver, host: spec, pass, close: async () => {} };
}

/** Lets the fault strike a first compute system, and everything that follows from it happen. */
async function strike(
  driver: InProcessDriver,
  host: HostSpec,
  pass: (ms: number) => Promise<void>,
): Promise<void> {
  await driver.provision(host, FENCE);
  const lease = async () =>
    driver.renewLease((await driver.fingerprint()).bootId, FENCE, LEASE_MS).catch(() => {});
  await lease();
  const isolation = host.hypervPresent ? 'hyperv' : 'process';
  // The second one finds what the first has left broken, such as a layer that has to come again.
  for (const victim of [1, 2].map(() => someSpec(isolation, running({ durationMs: 100 })))) {
    await driver.create(victim, FENCE);
    await driver.start(victim.computeSystemId, FENCE).catch(() => {});
    for (let passedMs = 0; passedMs < SETTLE_MS; passedMs += STEP_MS) {
      await pass(STEP_MS);
      await lease().catch(() => {});
    }
    await driver.release(victim.computeSystemId, FENCE);
  }
}

describe.each(simulatedFaultIds)('under the fault %s', (fault) => {
  describeDriver('a simulated host', (host) => open(fault, host), UNDER[fault].excludes);
});

describe('the clauses that faults exclude', () => {
  it('are few, and each says why', () => {
    const reasons = Object.values(UNDER).flatMap(({ excludes }) => Object.values(excludes));
    expect(reasons.length).toBeLessThanOrEqual(simulatedFaultIds.length);
    for (const reason of reasons) expect(reason.split(' ').length).toBeGreaterThan(4);
  });
});
