import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOREVER, running, Scenario, someHost, someSpec } from '../../driver-scenario.contract.js';
import { createDriverRegistry } from '../../registry.js';
import { HostProcess } from './host-process.contract.js';

const SPEED = 60;
const MINUTE_MS = 60_000;

let host: HostProcess;
beforeAll(async () => {
  host = await HostProcess.start({ SIMULATED_HOST_CLOCK_SPEED: String(SPEED) });
});
afterAll(() => host.stop());

/** A host whose stages take as long as they do, which leaves only the clock to be faster. */
async function hostInScaledTime(leaseMs: number) {
  const spec = someHost({ simulation: { timeScale: 1, seed: 7 } });
  const registry = createDriverRegistry({ simulatedHost: host.endpoint });
  const s = new Scenario({
    driver: registry.driverFor(spec),
    host: spec,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: async () => registry.close(),
  });
  await s.driver.provision(spec, s.fence);
  await s.lease(s.fence, leaseMs);
  const entryOf = (kind: string) => host.journal(spec.hostId).find((entry) => entry.kind === kind);
  const atMs = (kind: string) => entryOf(kind)?.atMs ?? Number.NaN;
  return { s, hostId: spec.hostId, atMs };
}

const timesOf = (entries: readonly { atMs: number }[]) => entries.map(({ atMs }) => atMs);

describe('a simulated host whose clock runs at sixty times the speed', () => {
  it('ends a run of a minute after a second, and after a minute by its own clock and journal', async () => {
    const { s, hostId, atMs } = await hostInScaledTime(MINUTE_MS);
    const beganMs = performance.now();
    const id = await s.begin(someSpec('process', running({ durationMs: MINUTE_MS })));
    const { exit, stages } = await s.reaches(id, 'exited');
    const tookMs = performance.now() - beganMs;
    expect(exit).toMatchObject({ exitCode: 0, exitType: 'GracefulExit', exitedAtMs: atMs('exit') });
    expect(atMs('exit') - atMs('started')).toBeGreaterThanOrEqual(MINUTE_MS);
    expect(stages.at(-1)?.finishedAtMs).toBeLessThanOrEqual(atMs('started'));
    expect(tookMs).toBeGreaterThanOrEqual(MINUTE_MS / SPEED);
    // Ten times as long would be a machine that is busy; a minute would be a clock that is not faster.
    expect(tookMs).toBeLessThan((10 * MINUTE_MS) / SPEED);
    const times = timesOf(host.journal(hostId));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    await s.under.close();
  });

  it('counts in its properties what has run by the same clock', async () => {
    const { s, hostId, atMs } = await hostInScaledTime(MINUTE_MS);
    const id = await s.begin(someSpec('process', FOREVER), 'running');
    const statistics = async () => {
      const [container] = await s.driver.properties(id);
      if (!container) throw new Error(`${id} has no properties on ${hostId}`);
      return container.Statistics;
    };
    const earlier = await statistics();
    // A timer may be a little early.
    await s.under.pass(510);
    const later = await statistics();
    for (const { ContainerStartTime, Timestamp, Uptime100ns } of [earlier, later]) {
      expect(Date.parse(ContainerStartTime ?? '')).toBe(atMs('started'));
      expect(Uptime100ns).toBe((Date.parse(Timestamp) - atMs('started')) * 10_000);
    }
    const passedMs = Date.parse(later.Timestamp) - Date.parse(earlier.Timestamp);
    expect(passedMs).toBeGreaterThanOrEqual(500 * SPEED);
    await s.under.close();
  });

  it('lets a lease last as long as whoever renews it believes, and not a sixtieth of that', async () => {
    const leaseMs = 1_500;
    const { s, atMs } = await hostInScaledTime(leaseMs);
    const id = await s.begin(someSpec('process', FOREVER), 'running');
    const { exit } = await s.reaches(id, 'exited');
    expect(exit?.exitType).toBe('LeaseExpired');
    expect(atMs('lease-expired') - atMs('lease-renewed')).toBe(leaseMs * SPEED);
    await s.under.close();
  });

  it('goes on by the same clock when its process was killed, and knows what ran before', async () => {
    const { s, hostId, atMs } = await hostInScaledTime(MINUTE_MS);
    const spec = someSpec('process', FOREVER);
    await s.begin(spec, 'running');
    await s.under.pass(500);
    await host.end('SIGKILL');
    await host.boot();
    expect(await s.stateOf(spec.computeSystemId)).toBe('spent');
    await s.lease();
    await s.refused('SPENT_ID', () => s.driver.create(spec, s.fence));
    await s.begin(someSpec('process', running({ durationMs: MINUTE_MS / 2 })), 'exited');
    const journal = host.journal(hostId);
    const boots = journal.filter(({ kind }) => kind === 'boot');
    expect(boots).toHaveLength(2);
    // What passed while nobody ran is on the clock too; begun anew, it would be before the first start.
    expect((boots[1]?.atMs ?? 0) - atMs('started')).toBeGreaterThanOrEqual(500 * SPEED);
    const times = timesOf(journal);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    await s.under.close();
  });
});
