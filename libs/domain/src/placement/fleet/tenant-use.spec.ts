import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostSpec, policy } from '../../../../../test/domain/builders.js';
import { changeQuota } from '../../../../../test/domain/change-quota.js';
import { World } from '../../../../../test/domain/world.js';
import type { WorkloadId } from '../../ids.js';
import { beyondQuota, noUse } from '../../tenant/quota.js';
import { useOf } from './tenant-use.js';

const resources = { cpuMillis: 1_000, memoryMiB: 1_024 };

describe('a quota', () => {
  it('keeps waiting what would be beyond it, and lets it in when something is released', () => {
    const world = new World();
    world.registerHost(hostSpec(1));
    const tenantId = world.registerTenant('hostile');
    changeQuota(world, tenantId, { utilityVms: 1 });
    const [first, second] = [world.submit(tenantId), world.submit(tenantId)] as const;
    world.place();
    expect(world.attemptOf(first)).not.toBeNull();
    expect(world.fleet.workloads.get(second)?.state.deferrals).toEqual(['quota']);
    world.start(first);
    world.exit(first);
    world.place();
    expect(world.attemptOf(second)).toBeNull();
    world.release(first);
    world.place();
    expect(world.attemptOf(second)).not.toBeNull();
  });

  it("counts a utility VM's reserve", () => {
    const world = new World();
    world.registerHost(hostSpec(1));
    const tenantId = world.registerTenant('hostile');
    const memoryMiB = resources.memoryMiB + policy.utilityVmReserve.memoryMiB;
    changeQuota(world, tenantId, { memoryMiB: memoryMiB - 1 });
    const workloadId = world.submit(tenantId, { resources });
    world.place();
    expect(world.attemptOf(workloadId)).toBeNull();
    changeQuota(world, tenantId, { memoryMiB });
    world.place();
    expect(world.attemptOf(workloadId)).not.toBeNull();
  });

  it('is never exceeded by a placement, and all is given back exactly once, whatever happens', () => {
    const step = fc.record({ act: fc.nat(7), who: fc.nat(2), which: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
        const world = new World();
        for (const number of [1, 2]) world.registerHost(hostSpec(number));
        const tenants = (['hostile', 'standard', 'trusted'] as const).map((trust) => {
          const tenantId = world.registerTenant(trust);
          changeQuota(world, tenantId, { workloads: 2, cpuMillis: 2_500, utilityVms: 1 });
          return tenantId;
        });
        const submitted: WorkloadId[] = [];
        const finish = (workloadId: WorkloadId) => {
          world.start(workloadId);
          world.exit(workloadId);
          world.release(workloadId);
        };
        const placeWithin = (refuse: boolean) => {
          const round = world.place(() => refuse);
          if (refuse) return;
          for (const { tenantId } of round.placements) {
            const { quota } = world.fleet.tenants.get(tenantId)?.state ?? {};
            if (quota === undefined) throw new Error('no such tenant');
            expect(beyondQuota(useOf(world.fleet, tenantId), quota)).toBeNull();
          }
        };
        for (const { act, who, which } of steps) {
          const tenantId = tenants[who]!;
          const some = submitted[which % Math.max(1, submitted.length)];
          if (act <= 1) submitted.push(world.submit(tenantId, { resources }));
          else if (act <= 3) placeWithin(false);
          else if (act === 4) placeWithin(true);
          else if (act === 5) changeQuota(world, tenantId, { workloads: 1 + (which % 3) });
          else if (some !== undefined && act === 6) finish(some);
          else if (some !== undefined) world.cancel(some);
        }
        for (const workloadId of submitted) {
          world.cancel(workloadId);
          world.release(workloadId);
        }
        for (const tenantId of tenants) expect(useOf(world.fleet, tenantId)).toEqual(noUse);
      }),
      { numRuns: 40, seed: 4 },
    );
  });
});
