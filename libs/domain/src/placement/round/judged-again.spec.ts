import { describe, expect, it } from 'vitest';
import { hostSpec, image, policy, windows } from '../../../../../test/domain/builders.js';
import { drain, retire, tendHosts } from '../../../../../test/domain/host-operators.js';
import { World } from '../../../../../test/domain/world.js';
import type { WorkloadId } from '../../ids.js';
import { policyDecider } from '../../policy/decide.js';

const WHOLE = { cpuMillis: 4_000, memoryMiB: 4_096 };
const SMALL = { cpuMillis: 1_000, memoryMiB: 1_024 };
const oldest = image({ osVersion: windows(17763) });
const newest = image({ osVersion: windows(26100) });
const host = (number: number) => hostSpec(number).hostId;

/** A host that cannot run the newest images at all, and one that can; nothing has room on the first. */
function halfFullWorld(): World {
  const world = new World();
  world.registerHost(
    hostSpec(1, { ...WHOLE, osVersion: windows(17763), hypervPresent: false, labels: {} }),
  );
  world.submit(world.registerTenant('trusted'), { resources: WHOLE }, oldest);
  world.place();
  world.registerHost(hostSpec(2, { ...WHOLE, osVersion: windows(26100) }));
  return world;
}

function fullWorld(): World {
  const world = halfFullWorld();
  world.submit(world.registerTenant('trusted'), { resources: WHOLE }, newest);
  world.place();
  return world;
}

/** It has been told why it waits, so that a round need not look at it while nothing has room. */
function placedOften(world: World): void {
  for (let round = 0; round < 3; round += 1) world.place();
}

const endOf = (world: World, workloadId: WorkloadId) =>
  world.log.events.filter(({ stream }) => stream === workloadId).at(-1)?.event;

describe('a workload that waits while no host has room', () => {
  it('is refused when the only host that could ever run it retires', () => {
    const world = halfFullWorld();
    drain(world, host(2), null);
    tendHosts(world);
    const tenantId = world.registerTenant('standard');
    const [first, second] = [
      world.submit(tenantId, { resources: SMALL }, newest),
      world.submit(tenantId, { resources: SMALL }, newest),
    ];
    placedOften(world);
    expect(endOf(world, first)?.type).toBe('PlacementDeferred');
    expect(retire(world, host(2))).toBe(true);
    world.place();
    for (const workloadId of [first, second]) {
      expect(endOf(world, workloadId)).toMatchObject({
        type: 'WorkloadRejected',
        payload: { code: 'UNPLACEABLE', reasons: [{ rule: 'image-unrunnable' }] },
      });
    }
  });

  it('is refused when its tenant becomes hostile and it insists on a silo', () => {
    const world = fullWorld();
    const tenantId = world.registerTenant('standard');
    const insists = { resources: SMALL, isolation: 'process', strict: true } as const;
    const strict = world.submit(tenantId, insists, newest);
    const lenient = world.submit(tenantId, { resources: { cpuMillis: 1, memoryMiB: 64 } }, newest);
    placedOften(world);
    world.changeTrust(tenantId, 'hostile');
    world.place();
    expect(endOf(world, strict)).toMatchObject({
      type: 'WorkloadRejected',
      payload: { code: 'ISOLATION_REFUSED', reasons: [{ rule: 'tenant-hostile' }] },
    });
    expect(endOf(world, lenient)?.type).toBe('PlacementDeferred');
  });

  it('is refused when a new policy raises what it insists on', () => {
    const world = fullWorld();
    const insists = { resources: SMALL, isolation: 'process', strict: true } as const;
    const strict = world.submit(world.registerTenant('standard'), insists, newest);
    placedOften(world);
    const stricter = { ...policy, trustedPublishers: [] };
    const { nowMs } = world;
    const published = { kind: 'publish-policy', version: 2, policy: stricter, nowMs } as const;
    world.run(policyDecider, 'policy', null, published);
    world.place();
    expect(endOf(world, strict)).toMatchObject({
      type: 'WorkloadRejected',
      payload: { code: 'ISOLATION_REFUSED', reasons: [{ rule: 'untrusted-publisher' }] },
    });
  });

  it('waits on where what has changed refuses nothing, and is told nothing twice', () => {
    const world = fullWorld();
    const tenantId = world.registerTenant('standard');
    const waiting = world.submit(tenantId, { resources: SMALL }, newest);
    placedOften(world);
    const before = world.log.events.filter(({ stream }) => stream === waiting).length;
    world.changeTrust(tenantId, 'trusted');
    world.registerHost(hostSpec(3, { ...WHOLE, osVersion: windows(20348) }));
    world.onHost(host(3), 'cordon');
    placedOften(world);
    expect(world.log.events.filter(({ stream }) => stream === waiting)).toHaveLength(before);
    world.registerHost(hostSpec(4, { ...WHOLE, osVersion: windows(26100) }));
    world.place();
    expect(world.attemptOf(waiting)?.hostId).toBe(host(4));
  });
});
