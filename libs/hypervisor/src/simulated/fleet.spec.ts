import { beforeEach, describe, expect, it } from 'vitest';
import { restartIds, running, someHost, someSpec } from '../driver-scenario.contract.js';
import { HOSTS_MAX, SimulatedFleet } from './fleet.js';
import { HostHistory } from './host-history.js';
import { VirtualTime } from './timers.js';

const fence = { token: 1, cause: 1 };

beforeEach(restartIds);

function emptyFleet() {
  const time = new VirtualTime(1_000);
  let boots = 0;
  const fleet = new SimulatedFleet({
    clock: time.clock,
    timers: time,
    uuid: () => `boot-${++boots}`,
    timeScale: 1,
    openJournal: () => ({ sink: { append: () => {} }, history: new HostHistory() }),
    keep: () => {},
  });
  return { fleet, time };
}

describe('the fleet of one process', () => {
  it('holds as many hosts as it says, which all run what they are asked to, and refuses one more', () => {
    const { fleet, time } = emptyFleet();
    const hosts = Array.from({ length: HOSTS_MAX }, () => someHost());
    const ids = hosts.map((spec) => {
      fleet.provision(spec, fence);
      const host = fleet.host(spec.hostId);
      host.renewLease(host.fingerprint().bootId, fence, 600_000);
      const started = someSpec('process', running({ durationMs: 1_000 }));
      host.create(started, fence);
      host.start(started.computeSystemId, fence);
      return started.computeSystemId;
    });
    time.advance(60_000);
    const states = hosts.map(({ hostId }, at) => {
      const id = ids[at];
      return id === undefined ? 'absent' : fleet.host(hostId).inspect(id).state;
    });
    expect(new Set(states)).toEqual(new Set(['exited']));
    expect(() => fleet.provision(someHost(), fence)).toThrow(
      `more than ${HOSTS_MAX} hosts in one process`,
    );
    // One that is there already is no further one.
    const [first] = hosts;
    if (first !== undefined) fleet.provision(first, fence);
    expect(fleet.hostIds()).toHaveLength(HOSTS_MAX);
  });
});
