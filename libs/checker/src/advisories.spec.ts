import { policyDecider, type RecordedEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import {
  advisory,
  evictFromBrokenKernels,
  publishAdvisory,
  withdrawAdvisory,
} from '../../../test/domain/advisory-operators.js';
import { hostSpec, policy } from '../../../test/domain/builders.js';
import { renumbered } from '../../../test/domain/recorded-log.js';
import { find, insertedBefore, without } from '../../../test/domain/tampering.js';
import { World } from '../../../test/domain/world.js';
import { checkLog } from './check-log.js';

/** Two silos run when an advisory breaks their kernel; both are evicted and run again in utility VMs. */
function story(evictRunning = true): World {
  const world = new World();
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version: 2,
    policy: { ...policy, advisories: { evictRunning } },
    nowMs: world.nowMs,
  });
  world.registerHost(hostSpec(1));
  const tenants = [world.registerTenant('trusted', 'red'), world.registerTenant('trusted', 'red')];
  const workloads = tenants.map((tenantId) => world.submit(tenantId));
  const startAll = () => {
    world.place();
    world.place();
    for (const workloadId of workloads) {
      world.start(workloadId);
      world.nowMs += 50;
      world.started(workloadId);
    }
  };
  startAll();
  world.nowMs += 1_000;
  const advisoryId = publishAdvisory(world, advisory(1));
  world.nowMs += 500;
  for (const workloadId of workloads) world.release(workloadId);
  if (evictRunning) startAll();
  world.nowMs += 60_000;
  withdrawAdvisory(world, advisoryId);
  for (const workloadId of workloads) {
    world.exit(workloadId);
    world.release(workloadId);
  }
  return world;
}

const advisoriesOf = async (events: readonly RecordedEvent[]) => {
  const { violations, windows } = await checkLog({ events });
  const found = violations.filter(({ check }) => check === 'advisories');
  return { told: found.map(({ detail }) => detail).join('\n'), windows };
};

describe('the check of advisories', () => {
  it('finds nothing where all are obeyed, and shows the windows with who shared the kernel', async () => {
    const { log } = story();
    const { violations, windows } = await checkLog({ events: log.events });
    expect(violations).toEqual([]);
    expect(windows).toHaveLength(2);
    for (const { cause, openedAtMs, evictedAtMs, closedAtMs, exposedTo } of windows) {
      expect(cause).toBe('open-advisory');
      expect(evictedAtMs).toBe(openedAtMs);
      expect(closedAtMs).toBe(openedAtMs + 500);
      expect(exposedTo).toHaveLength(1);
    }
  });

  it('lets what runs go on where policy says so, and shows the window until the withdrawal', async () => {
    const { log } = story(false);
    const { violations, windows } = await checkLog({ events: log.events });
    expect(violations).toEqual([]);
    expect(windows.map(({ closedAtMs, openedAtMs }) => (closedAtMs ?? 0) - openedAtMs)).toEqual([
      60_500, 60_500,
    ]);
  });

  it('finds silos that are not evicted within the bound', async () => {
    const { log } = story();
    const last = log.events.findLastIndex(({ event }) => event.type === 'WorkloadEvicted');
    const at = log.events[last] as RecordedEvent;
    const later = { ...at, recordedAtMs: at.recordedAtMs + 20_000 };
    const delayed = [...log.events.slice(0, last), later];
    expect((await advisoriesOf(delayed)).told).toMatch(/was not evicted within 10000 ms/);
  });

  it.each(['WorkloadPlaced', 'StartAuthorized'] as const)(
    'finds a silo whose %s came after the advisory',
    async (type) => {
      const { log } = story();
      const published = find(log.events, 'AdvisoryPublished');
      const rest = without(log.events, 'AdvisoryPublished');
      const next = find(rest, type);
      const { stream, event } = published;
      const planted = { stream, tenant: null, type: event.type, payload: event.payload } as const;
      const { told } = await advisoriesOf(insertedBefore(rest, next, planted));
      expect(told).toContain(`${type} on the shared kernel`);
    },
  );

  it('finds an eviction for an advisory that says nothing of the kernel', async () => {
    const { log } = story();
    const other = { builds: [{ build: 17763, fixedRevision: null }] };
    const published = find(log.events, 'AdvisoryPublished');
    const changed = log.events.map((recorded) =>
      recorded === published
        ? ({
            ...recorded,
            event: { ...recorded.event, payload: advisory(1, other) },
          } as RecordedEvent)
        : recorded,
    );
    const { told } = await advisoriesOf(renumbered(changed));
    expect(told).toContain('no open advisory breaks its kernel');
  });

  it('counts the time from the policy that has what runs evicted', async () => {
    const world = story(false);
    const silo = world.submit([...world.fleet.tenants.keys()][0] as `ten_${string}`);
    world.place();
    world.start(silo);
    world.started(silo);
    publishAdvisory(world, advisory(2));
    world.nowMs += 30_000;
    const { nowMs } = world;
    const version = world.fleet.policy.state.version + 1;
    world.run(policyDecider, 'policy', null, { kind: 'publish-policy', version, policy, nowMs });
    const before = world.log.events.length;
    evictFromBrokenKernels(world);
    expect((await checkLog({ events: world.log.events })).violations).toEqual([]);
    const late = world.log.events
      .slice(0, before + 1)
      .map((recorded, at) =>
        at === before ? { ...recorded, recordedAtMs: recorded.recordedAtMs + 20_000 } : recorded,
      );
    expect((await advisoriesOf(late)).told).toMatch(/was not evicted within/);
  });
});
