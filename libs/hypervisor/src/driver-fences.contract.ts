import { describe, expect } from 'vitest';
import type { Fence } from './driver.js';
import type { Clause } from './driver-clauses.contract.js';
import {
  FOREVER,
  LEASE_TTL_MS,
  type OpenDriver,
  someSpec,
  withScenario,
} from './driver-scenario.contract.js';

/** Ends within a test, and long after what a test does under it, also where its process stands still for a second. */
const SHORT_TTL_MS = 2_000;

/** The part of the contract that keeps two workers from commanding one host. */
export function describeDriverFences(name: string, open: OpenDriver, it: Clause): void {
  describe(`${name}: fences`, () => fences(open, it));
  describe(`${name}: lease`, () => leases(open, it));
}

function fences(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('refuses every effect of a worker that was taken over, terminate included', async () => {
    const s = scenario();
    const id = await s.begin(someSpec('process', FOREVER), 'running');
    const stale: Fence = { token: 1, cause: 99 };
    await s.lease({ token: 2, cause: 2 });
    const { driver } = s;
    const { host } = s.under;
    await s.refused('STALE_FENCE', () => s.lease(stale));
    await s.refused('STALE_FENCE', () => driver.create(someSpec('process'), stale));
    await s.refused('STALE_FENCE', () => driver.start(id, stale));
    await s.refused('STALE_FENCE', () => driver.shutdown(id, 10, stale));
    await s.refused('STALE_FENCE', () => driver.terminate(id, stale));
    await s.refused('STALE_FENCE', () => driver.release(id, stale));
    await s.refused('STALE_FENCE', () => driver.reboot(host.hostId, stale));
    await s.refused('STALE_FENCE', () => driver.provision(host, stale));
    expect(await s.stateOf(id)).toBe('running');
    await driver.terminate(id, { token: 2, cause: 3 });
  });

  it('remembers the highest token across a reboot', async () => {
    const s = scenario();
    await s.lease({ token: 5, cause: 5 });
    await s.driver.reboot(s.under.host.hostId, { token: 5, cause: 6 });
    await s.refused('STALE_FENCE', () => s.lease({ token: 4, cause: 7 }));
  });
}

function leases(open: OpenDriver, it: Clause): void {
  describe('a host whose worker is gone', () => {
    const scenario = withScenario(open);

    it('ends what it holds when the lease ends, and takes nothing until there is a new one', async () => {
      const s = scenario();
      await s.driver.reboot(s.under.host.hostId, { token: 1, cause: 10 });
      await s.lease(s.fence, SHORT_TTL_MS);
      const up = await s.begin(someSpec('process', FOREVER));
      const created = someSpec('hyperv');
      await s.driver.create(created, s.fence);
      for (const id of [up, created.computeSystemId]) {
        const { exit } = await s.reaches(id, 'exited');
        expect(exit?.exitType).toBe('LeaseExpired');
      }
      const { driver, fence } = s;
      await s.refused('NO_LEASE', () => driver.create(someSpec('process'), fence));
      await s.refused('NO_LEASE', () => driver.start(up, fence));
      await s.refused('NO_LEASE', () => driver.terminate(up, fence));
      await s.refused('NO_LEASE', () => driver.release(up, fence));
      await s.lease();
      await driver.release(up, fence);
    });

    it('gives no lease for a boot that is over, because what was placed on it must not start', async () => {
      const s = scenario();
      const { bootId } = await s.driver.fingerprint();
      await s.driver.reboot(s.under.host.hostId, { token: 1, cause: 12 });
      await s.refused('OTHER_BOOT', () => s.driver.renewLease(bootId, s.fence, LEASE_TTL_MS));
      await s.refused('NO_LEASE', () => s.driver.create(someSpec('process'), s.fence));
      await s.lease();
      await s.begin(someSpec('process', FOREVER), 'running');
    });

    it('goes on as long as the lease is renewed', async () => {
      const s = scenario();
      await s.driver.reboot(s.under.host.hostId, { token: 1, cause: 11 });
      await s.lease(s.fence, SHORT_TTL_MS);
      const id = await s.begin(someSpec('process', FOREVER));
      const { bootId } = await s.driver.fingerprint();
      for (let passedMs = 0; passedMs < 1.2 * SHORT_TTL_MS; passedMs += 50) {
        await s.under.pass(50);
        await s.driver.renewLease(bootId, s.fence, SHORT_TTL_MS);
      }
      expect(await s.stateOf(id)).toBe('running');
    });
  });
}
