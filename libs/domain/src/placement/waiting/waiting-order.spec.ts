import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostSpec, policy } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { policyDecider } from '../../policy/decide.js';
import type { WorkloadRequest } from '../../workload/request.js';

const { priorityStepMs } = policy.waitingOrder;
const reserve = policy.utilityVmReserve;
/** What takes one of a host's slots, a utility VM's reserve included. */
const SLOT = { cpuMillis: 1_000, memoryMiB: 1_100 };
const small: Partial<WorkloadRequest> = {
  resources: {
    cpuMillis: SLOT.cpuMillis - reserve.cpuMillis,
    memoryMiB: SLOT.memoryMiB - reserve.memoryMiB,
  },
};

/** A world whose hosts have so many slots each. */
function worldOf(...slots: number[]): World {
  const world = new World();
  for (const [at, count] of slots.entries()) {
    const [cpuMillis, memoryMiB] = [SLOT.cpuMillis * count, SLOT.memoryMiB * count];
    world.registerHost(hostSpec(at + 1, { cpuMillis, memoryMiB }));
  }
  return world;
}

function weigh(world: World, tenantWeights: Readonly<Record<string, number>>): void {
  world.run(policyDecider, 'policy', null, {
    kind: 'publish-policy',
    version: world.fleet.policy.state.version + 1,
    policy: { ...policy, waitingOrder: { ...policy.waitingOrder, tenantWeights } },
    nowMs: world.nowMs,
  });
}

const submitMany = (world: World, tenantId: TenantId, count: number, priority = 0) =>
  Array.from({ length: count }, () => world.submit(tenantId, { ...small, priority }));
const heldBy = (world: World, tenantId: TenantId) => world.fleet.use.get(tenantId)?.workloads ?? 0;
const placed = (world: World) => world.place().placements.map(({ workloadId }) => workloadId);

function finish(world: World, workloadId: WorkloadId, exitCode = 0): void {
  world.start(workloadId);
  world.exit(workloadId, exitCode);
  world.release(workloadId);
}

describe('a full fleet', () => {
  it('is shared by tenants alike, however much one of them has waiting and however loudly it asks', () => {
    const world = worldOf(8);
    const [greedy, modest] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    submitMany(world, greedy, 100, 100);
    submitMany(world, modest, 100, 0);
    world.place();
    expect([heldBy(world, greedy), heldBy(world, modest)]).toEqual([4, 4]);
  });

  it('is shared by weight where policy gives tenants one', () => {
    const world = worldOf(8);
    const [large, little] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    weigh(world, { [large]: 3 });
    submitMany(world, large, 100);
    submitMany(world, little, 100);
    world.place();
    expect([heldBy(world, large), heldBy(world, little)]).toEqual([6, 2]);
  });

  it.each([
    // Of 9 processors and 18 GiB, as in the paper on dominant-resource fairness.
    ['much memory against much CPU', 9, 18, [1, 4], [3, 1], [3, 2]],
    ['much memory against little', 16, 16, [1, 4], [1, 1], [2, 8]],
    ['much CPU against little', 16, 16, [4, 1], [1, 1], [2, 8]],
  ] as const)(
    'is shared by what each tenant takes most of: %s',
    (_, cores, gib, anns, bobs, held) => {
      const world = new World();
      world.registerHost(hostSpec(1, { cpuMillis: cores * 1_000, memoryMiB: gib * 1_024 }));
      const [ann, bob] = [0, 1].map(() => world.registerTenant('trusted', 'red')) as [
        TenantId,
        TenantId,
      ];
      const ask = (tenantId: TenantId, [cpu, memory]: readonly [number, number]) =>
        world.submit(tenantId, {
          resources: { cpuMillis: cpu * 1_000, memoryMiB: memory * 1_024 },
        });
      for (let at = 0; at < 10; at += 1) {
        ask(ann, anns);
        ask(bob, bobs);
      }
      for (let round = 0; round < 3; round += 1) world.place();
      expect([heldBy(world, ann), heldBy(world, bob)]).toEqual(held);
    },
  );

  it('gives what becomes free to who holds least, and leaves to others what nobody else wants', () => {
    const world = worldOf(4);
    const [first, late] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const [one, two] = submitMany(world, first, 10) as [WorkloadId, WorkloadId];
    world.place();
    expect(heldBy(world, first)).toBe(4);
    const [wanted] = submitMany(world, late, 1, 0);
    finish(world, one);
    expect(placed(world)).toEqual([wanted]);
    finish(world, two);
    world.place();
    expect([heldBy(world, first), heldBy(world, late)]).toEqual([3, 1]);
  });

  it('gives every tenant with enough to do its weighted part, up to what cannot be divided', () => {
    const tenants = fc.array(
      fc.record({
        weight: fc.integer({ min: 1, max: 6 }),
        demand: fc.integer({ min: 0, max: 30 }),
        priority: fc.nat(100),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const slots = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    void fc.assert(
      fc.property(tenants, slots, (of, hosts) => {
        const world = worldOf(...hosts);
        const all = of.map((one) => ({ ...one, tenantId: world.registerTenant('hostile') }));
        weigh(world, Object.fromEntries(all.map(({ tenantId, weight }) => [tenantId, weight])));
        for (const { tenantId, demand, priority } of all) {
          submitMany(world, tenantId, demand, priority);
        }
        world.place();
        const held = (at: number) => heldBy(world, all[at]?.tenantId as TenantId);
        const total = hosts.reduce((sum, count) => sum + count, 0);
        const demand = all.reduce((sum, one) => sum + one.demand, 0);
        expect(all.reduce((sum, _, at) => sum + held(at), 0)).toBe(Math.min(total, demand));
        for (const [at, one] of all.entries()) {
          if (held(at) === one.demand) continue;
          for (const [other, { weight }] of all.entries()) {
            // The last one that another got was due to it: it held less for its weight before.
            expect((held(other) - 1) / weight).toBeLessThanOrEqual(held(at) / one.weight + 1e-9);
          }
          const weightsTotal = all.reduce((sum, { weight }) => sum + weight, 0);
          const part = ((total - all.length + 1) * one.weight) / weightsTotal;
          expect(held(at)).toBeGreaterThanOrEqual(Math.floor(part));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("among a tenant's own workloads", () => {
  it('whoever has waited longer than the priorities are worth goes first', () => {
    const world = worldOf(1);
    const tenantId = world.registerTenant('hostile');
    const [running] = submitMany(world, tenantId, 1) as [WorkloadId];
    world.place();
    const [patient] = submitMany(world, tenantId, 1, 3);
    world.nowMs += 2 * priorityStepMs;
    const [urgent] = submitMany(world, tenantId, 1, 6);
    world.nowMs += 2 * priorityStepMs;
    const [late] = submitMany(world, tenantId, 1, 6);
    const order = [running];
    for (let round = 0; round < 3; round += 1) {
      finish(world, order.at(-1) as WorkloadId);
      order.push(...(placed(world) as [WorkloadId]));
    }
    expect(order).toEqual([running, urgent, patient, late]);
  });

  it('what ran and failed by itself waits anew, and what its host lost keeps its place', () => {
    const again = { restartPolicy: { maxAttempts: 2, backoffSeconds: 0 } };
    for (const lost of [false, true]) {
      const world = worldOf(1);
      const tenantId = world.registerTenant('hostile');
      const first = world.submit(tenantId, { ...small, ...again });
      world.place();
      world.nowMs += 1;
      const second = world.submit(tenantId, small);
      world.nowMs += 1;
      if (lost) world.evict(first, 'drain', 1);
      if (lost) world.release(first);
      else finish(world, first, 1);
      expect(placed(world)).toEqual([lost ? first : second]);
    }
  });
});

describe('a crowd that waits', () => {
  it('is told why after everybody who fits was placed, and keeps nobody waiting for a round', () => {
    const world = worldOf(2);
    const [crowd, other] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const huge = { resources: { cpuMillis: 1_500, memoryMiB: 500 } };
    submitMany(world, other, 1);
    world.place();
    for (let at = 0; at < 1_500; at += 1) world.submit(crowd, huge);
    const [last] = submitMany(world, other, 1);
    expect(placed(world)).toEqual([last]);
  });

  it('tells also those of its causes who come back to their line after a refused placement', () => {
    const world = worldOf(2);
    const tenantId = world.registerTenant('hostile');
    const [first, ...others] = submitMany(world, tenantId, 4) as [WorkloadId];
    world.place((planned) => planned.workloadId === first);
    world.nowMs += 1;
    const [taken] = submitMany(world, world.registerTenant('hostile'), 1);
    expect(placed(world)).toEqual([taken]);
    world.place();
    for (const workloadId of [first, ...others.slice(1)]) {
      const { state } = world.fleet.workloads.get(workloadId) ?? {};
      expect(state?.deferrals).toEqual(['memory']);
    }
  });
});
