import type { HostSpec } from '@bulkhead/domain';
import type { Fence } from '../driver.js';
import { someHost } from '../driver-scenario.contract.js';
import { type HostSurroundings, SimulatedHost } from './host.js';
import { HostHistory } from './host-history.js';
import type { JournalEntry } from './journal-entry.js';
import { VirtualTime } from './timers.js';

const LEASE_MS = 3_600_000;

/** A host on its own, in virtual time, with a lease that outlasts its test. */
export function openHost(
  changes: Partial<HostSpec> = {},
  surroundings: Partial<HostSurroundings> = {},
) {
  const time = new VirtualTime(1_000);
  const entries: JournalEntry[] = [];
  const fence: Fence = { token: 1, cause: 4 };
  const spec = someHost({ simulation: { timeScale: 1, seed: 3 }, ...changes });
  let boots = 0;
  const around = {
    clock: time.clock,
    timers: time,
    uuid: () => `boot-${++boots}`,
    journal: { append: (entry: JournalEntry) => void entries.push(entry) },
    history: new HostHistory(),
    timeScale: 1,
    ...surroundings,
  };
  const host = new SimulatedHost(spec, around, fence);
  const lease = () => host.renewLease(host.fingerprint().bootId, fence, LEASE_MS);
  lease();
  return { host, time, entries, fence, lease };
}
