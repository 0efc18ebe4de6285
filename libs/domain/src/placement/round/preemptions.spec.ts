import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostSpec, policy } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { policyDecider } from '../../policy/decide.js';
import { PREEMPTIONS_PER_WORKLOAD_MAX } from './preemptions.js';

const SLOT = { cpuMillis: 1_000, memoryMiB: 1_100 };
const { utilityVmReserve: reserve, waitingOrder } = policy;
const again = { restartPolicy: { maxAttempts: 1, backoffSeconds: 0 } };

/** A world with one host of so many slots, in which whoever has priority 50 displaces others. */
function worldOf(slots: number, otherTenants = false): World {
  const world = new World();
  const [cpuMillis, memoryMiB] = [slots * SLOT.cpuMillis, slots * SLOT.memoryMiB];
  world.registerHost(hostSpec(1, { cpuMillis, memoryMiB }));
  permit(world, 50, otherTenants);
  return world;
}

function permit(world: World, fromPriority: number | null, otherTenants = false): void {
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version: world.fleet.policy.state.version + 1,
    policy: { ...policy, preemption: { fromPriority, otherTenants } },
    nowMs: world.nowMs,
  });
}

const submit = (world: World, tenantId: TenantId, priority: number, slots = 1) =>
  world.submit(tenantId, {
    ...again,
    priority,
    resources: {
      cpuMillis: slots * SLOT.cpuMillis - reserve.cpuMillis,
      memoryMiB: slots * SLOT.memoryMiB - reserve.memoryMiB,
    },
  });

/** One after the other, so that the log tells who came first. */
const run = (world: World, tenantId: TenantId, ...priorities: number[]) =>
  priorities.map((priority) => {
    const workloadId = submit(world, tenantId, priority);
    world.place();
    world.start(workloadId);
    world.started(workloadId);
    return workloadId;
  });

const evicted = (world: World, ids: readonly WorkloadId[]) =>
  ids.filter((id) => world.attemptOf(id)?.eviction === 'preempted');

describe('an urgent workload', () => {
  it('displaces a less urgent one of its tenant, where policy says so, and goes where that was', () => {
    const world = worldOf(2);
    const tenantId = world.registerTenant('hostile');
    const running = run(world, tenantId, 10, 20);
    const urgent = submit(world, tenantId, 60);
    const { preemptions } = world.place();
    expect(preemptions).toMatchObject([{ workloadId: running[0], by: urgent }]);
    const { event } = world.log.events.findLast(
      ({ event: { type } }) => type === 'WorkloadEvicted',
    )!;
    const submitted = world.log.events.find(({ stream }) => stream === urgent);
    expect(event.payload).toMatchObject({
      cause: 'preempted',
      causedByPosition: submitted?.position,
    });
    expect(world.attemptOf(urgent)).toBeNull();
    world.release(running[0]!);
    world.place();
    expect(world.attemptOf(urgent)).not.toBeNull();
  });

  it('displaces nobody as policy is at first', () => {
    const world = worldOf(1);
    permit(world, null);
    const tenantId = world.registerTenant('hostile');
    run(world, tenantId, 0);
    submit(world, tenantId, 100);
    expect(world.place().preemptions).toEqual([]);
  });

  it('displaces nobody of the same or a higher priority, however long it has waited', () => {
    const world = worldOf(2);
    const tenantId = world.registerTenant('hostile');
    run(world, tenantId, 60, 70);
    submit(world, tenantId, 60);
    world.nowMs += 100 * waitingOrder.priorityStepMs;
    expect(world.place().preemptions).toEqual([]);
  });

  it('is who has become so by waiting, too', () => {
    const world = worldOf(1);
    const tenantId = world.registerTenant('hostile');
    run(world, tenantId, 10);
    submit(world, tenantId, 40);
    const round = world.place();
    const afterMs = 10 * waitingOrder.priorityStepMs;
    expect(round).toMatchObject({ preemptions: [], againAtMs: world.nowMs + afterMs });
    world.nowMs += afterMs;
    expect(world.place().preemptions).toHaveLength(1);
  });

  it('displaces as few as it can, and not one more while those leave', () => {
    const world = worldOf(4);
    const tenantId = world.registerTenant('hostile');
    const large = submit(world, tenantId, 30, 2);
    world.place();
    world.start(large);
    const small = run(world, tenantId, 5, 5);
    submit(world, tenantId, 60, 2);
    expect(world.place().preemptions.map(({ workloadId }) => workloadId)).toEqual([large]);
    expect(world.place().preemptions).toEqual([]);
    expect(evicted(world, small)).toEqual([]);
  });

  it('displaces no other tenant, unless policy says so and that one holds more even then', () => {
    for (const otherTenants of [false, true]) {
      const world = worldOf(3, otherTenants);
      const [greedy, modest] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
      const running = run(world, greedy, 10, 10, 10);
      submit(world, modest, 60);
      submit(world, modest, 60);
      world.place();
      expect(evicted(world, running)).toHaveLength(otherTenants ? 1 : 0);
      const [first] = evicted(world, running);
      if (first !== undefined) world.release(first);
      world.place();
      world.place();
      // Two against one: a second one would have to be given back.
      expect(evicted(world, running)).toHaveLength(0);
      expect(world.fleet.use.get(modest)?.workloads ?? 0).toBe(otherTenants ? 1 : 0);
    }
  });

  it('gets the room that was made for it, although another tenant holds less and waits', () => {
    const world = worldOf(2);
    const [own, poor] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const running = run(world, own, 10, 10);
    const urgent = submit(world, own, 60);
    world.place();
    const other = submit(world, poor, 0);
    world.release(evicted(world, running)[0]!);
    world.place();
    expect(world.attemptOf(urgent)).not.toBeNull();
    expect(world.attemptOf(other)).toBeNull();
  });

  it('loses the host that was kept for it, when policy permits no preemption any more', () => {
    const world = worldOf(2);
    const [own, other] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const running = run(world, own, 10, 10);
    submit(world, own, 60, 2);
    world.place();
    permit(world, null);
    world.place();
    const next = submit(world, other, 0);
    world.release(evicted(world, running)[0]!);
    world.place();
    expect(world.attemptOf(next)).not.toBeNull();
  });
});

describe('who was displaced', () => {
  it('runs again without a count against its attempts, displaces nobody back, and waits anew', () => {
    const world = worldOf(1);
    const tenantId = world.registerTenant('hostile');
    const [victim] = run(world, tenantId, 49) as [WorkloadId];
    world.nowMs += waitingOrder.priorityStepMs * 5;
    const urgent = submit(world, tenantId, 50);
    world.place();
    world.release(victim);
    const { state } = world.fleet.workloads.get(victim)!;
    expect(state).toMatchObject({ status: 'retrying', countedFailures: 0, uncountedFailures: 1 });
    world.place();
    expect(world.attemptOf(urgent)).not.toBeNull();
    world.nowMs += waitingOrder.priorityStepMs * 50;
    expect(world.place().preemptions).toEqual([]);
  });

  it('is displaced three times and then no more', () => {
    const world = worldOf(1);
    const tenantId = world.registerTenant('hostile');
    const [victim] = run(world, tenantId, 10) as [WorkloadId];
    let times = 0;
    for (let round = 0; round <= PREEMPTIONS_PER_WORKLOAD_MAX; round += 1) {
      const urgent = submit(world, tenantId, 60);
      times += world.place().preemptions.length;
      world.release(victim);
      world.place();
      if (world.attemptOf(urgent) === null) break;
      world.start(urgent);
      world.exit(urgent);
      world.release(urgent);
      world.place();
    }
    expect(times).toBe(PREEMPTIONS_PER_WORKLOAD_MAX);
    expect(world.attemptOf(victim)).not.toBeNull();
  });

  it('is bounded: without anybody new, displacing comes to an end, whoever waits how long', () => {
    const all = fc.array(
      fc.record({
        tenant: fc.nat(2),
        priority: fc.nat(100),
        slots: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 2, maxLength: 14 },
    );
    const property = fc.property(all, fc.integer({ min: 1, max: 100 }), (submitted, from) => {
      const world = worldOf(4, true);
      permit(world, from, true);
      const tenants = [0, 1, 2].map(() => world.registerTenant('hostile'));
      for (const { tenant, priority, slots } of submitted) {
        submit(world, tenants[tenant] as TenantId, priority, slots);
        world.place();
      }
      const bound = submitted.length * PREEMPTIONS_PER_WORKLOAD_MAX;
      let displaced = 0;
      let quiet = 0;
      for (let round = 0; quiet < 5; round += 1) {
        world.nowMs += 20 * waitingOrder.priorityStepMs;
        for (const workloadId of [...world.fleet.workloads.keys()]) world.release(workloadId);
        const { preemptions, placements } = world.place();
        displaced += preemptions.length;
        quiet = preemptions.length + placements.length === 0 ? quiet + 1 : 0;
        expect(displaced).toBeLessThanOrEqual(bound);
        expect(round).toBeLessThan(10 * bound);
      }
    });
    void fc.assert(property, { numRuns: 40 });
  });
});
