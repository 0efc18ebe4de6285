import type { HostId, RecordedEvent } from '@bulkhead/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hanging, Installation } from '../worker-in-process.contract.js';

const PER_HOST_MAX = 2;
/** Slower than by default, so that a start lasts for a few dozen milliseconds. */
const HOST_TIME_SCALE = 0.1;
let installation: Installation;

beforeEach(() => {
  installation = new Installation(undefined, HOST_TIME_SCALE);
  installation.sources = { startsPerHostMax: PER_HOST_MAX };
});
afterEach(async () => {
  await installation.stop();
});

/** The most compute systems that were starting on a host at any position of the log. */
async function mostStartingAtOnce(): Promise<Map<HostId, number>> {
  const hostOf = new Map<string, HostId>();
  const starting = new Map<HostId, Set<string>>();
  const most = new Map<HostId, number>();
  const log: RecordedEvent[] = [];
  for await (const { events } of installation.log.streamAll({ afterPosition: 0 })) {
    log.push(...events);
  }
  for (const { event, stream } of log) {
    if (event.type === 'WorkloadPlaced') hostOf.set(stream, event.payload.hostId);
    const host = hostOf.get(stream);
    if (host === undefined) continue;
    const now = starting.get(host) ?? new Set();
    if (event.type === 'StartAuthorized') now.add(stream);
    if (event.type === 'ComputeSystemStarted') now.delete(stream);
    starting.set(host, now);
    most.set(host, Math.max(most.get(host) ?? 0, now.size));
  }
  return most;
}

describe('a storm of starts', () => {
  it('is let through to each host a few at a time, and every one starts once in the end', async () => {
    await installation.install(2);
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const workloads = await Promise.all(
      Array.from({ length: 20 }, () => installation.submit(tenant, hanging)),
    );
    for (const workload of workloads) {
      const state = await installation.reaches(tenant, workload, 'running');
      expect(state.past).toEqual([]);
      expect(installation.ran(workload, 'start')).toHaveLength(1);
    }
    const most = [...(await mostStartingAtOnce()).values()];
    expect(Math.max(...most)).toBe(PER_HOST_MAX);
  });

  it('on one host keeps no start on another waiting, nor a stop on the same', async () => {
    const [slow = 'host_'] = await installation.addHosts(1, {
      simulation: { timeScale: 0.001, seed: 1 },
      labels: { speed: 'slow' },
    });
    await installation.install(1);
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const onSlow = { ...hanging, hostSelector: { speed: 'slow' } };
    const crowd = await Promise.all(
      Array.from({ length: 10 }, () => installation.submit(tenant, onSlow)),
    );
    await installation.until(
      async () => (await mostStartingAtOnce()).get(slow) ?? 0,
      (starting) => starting === PER_HOST_MAX,
    );
    const neighbour = await installation.tenant('standard');
    const elsewhere = await installation.submit(neighbour, hanging);
    await installation.reaches(neighbour, elsewhere, 'running');
    const [last = 'wl_'] = crowd.slice(-1);
    await installation.cancel(tenant, last);
    await installation.reaches(tenant, last, 'cancelled');
    expect(installation.ran(last, 'start')).toEqual([]);
    expect((await mostStartingAtOnce()).get(slow)).toBe(PER_HOST_MAX);
  });
});
