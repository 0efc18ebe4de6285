import { describe, expect, it } from 'vitest';
import { hostSpec, policy } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { KEEP_HOST_AFTER_MS } from './kept-hosts.js';

const MINUTE_MS = 60_000;
const SLOT = { cpuMillis: 1_000, memoryMiB: 1_100 };
const reserve = policy.utilityVmReserve;

/** A world with so many hosts of four slots each. */
function worldOf(hosts: number): World {
  const world = new World();
  const size = { cpuMillis: 4 * SLOT.cpuMillis, memoryMiB: 4 * SLOT.memoryMiB };
  for (let number = 1; number <= hosts; number += 1) world.registerHost(hostSpec(number, size));
  return world;
}

const submit = (world: World, tenantId: TenantId, slots: number, priority = 0) =>
  world.submit(tenantId, {
    priority,
    resources: {
      cpuMillis: slots * SLOT.cpuMillis - reserve.cpuMillis,
      memoryMiB: slots * SLOT.memoryMiB - reserve.memoryMiB,
    },
  });

function finish(world: World, workloadId: WorkloadId): void {
  world.start(workloadId);
  world.exit(workloadId);
  world.release(workloadId);
}

/** Every minute a small workload comes and the oldest ends; after how many minutes the large one got its place. */
function streamOfSmall(
  world: World,
  small: TenantId,
  running: WorkloadId[],
  large: WorkloadId,
  minutes: number,
) {
  for (let minute = 0; minute <= minutes; minute += 1) {
    submit(world, small, 1);
    for (const { workloadId } of world.place().placements) running.push(workloadId);
    if (world.attemptOf(large) !== null) return minute;
    const oldest = running.shift();
    if (oldest !== undefined) finish(world, oldest);
    world.nowMs += MINUTE_MS;
  }
  return null;
}

describe('a workload that needs a whole host', () => {
  it('is not overtaken for ever by small ones: after ten minutes a host fills up no more, and it goes there when that is empty', () => {
    const world = worldOf(1);
    const [small, other] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    for (let at = 0; at < 8; at += 1) submit(world, small, 1);
    const running = world.place().placements.map(({ workloadId }) => workloadId);
    const large = submit(world, other, 4);
    const after = streamOfSmall(world, small, running, large, 40);
    const keptAfter = KEEP_HOST_AFTER_MS / MINUTE_MS;
    expect(after).toBeGreaterThanOrEqual(keptAfter);
    expect(after).toBeLessThanOrEqual(keptAfter + 6);
  });

  it('leaves all other hosts to the others meanwhile', () => {
    const world = worldOf(2);
    const [small, other] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    for (let at = 0; at < 8; at += 1) submit(world, small, 1);
    const [first] = world.place().placements.map(({ workloadId }) => workloadId) as [WorkloadId];
    const large = submit(world, other, 4);
    world.place();
    world.nowMs += KEEP_HOST_AFTER_MS;
    const [hostId, elsewhere] = [...world.hosts.keys()];
    const on = world.attemptOf(first)?.hostId === hostId ? hostId : elsewhere;
    finish(world, first);
    // The host that lacks least is kept, so the free slot there stays free, and one elsewhere does not.
    const next = submit(world, small, 1);
    world.place();
    expect([world.attemptOf(large), world.attemptOf(next)]).toEqual([null, null]);
    const there = [...world.fleet.workloads.keys()].find(
      (id) => (world.attemptOf(id)?.hostId ?? on) !== on,
    ) as WorkloadId;
    finish(world, there);
    world.place();
    expect(world.attemptOf(next)).not.toBeNull();
    expect(world.room.kept.get(other)).toMatchObject({ workloadId: large, hostId: on });
  });

  it('comes after who holds less, also on the host that is kept for it', () => {
    const world = worldOf(1);
    const [holder, newcomer] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const held = [submit(world, holder, 2), submit(world, holder, 1), submit(world, holder, 1)];
    world.place();
    submit(world, holder, 4);
    world.place();
    world.nowMs += KEEP_HOST_AFTER_MS;
    finish(world, held[2] as WorkloadId);
    world.place();
    const poor = submit(world, newcomer, 1);
    world.place();
    expect(world.attemptOf(poor)).not.toBeNull();
  });

  it('leaves nothing behind in the fleet, and no host once it is gone', () => {
    const world = worldOf(1);
    const tenantId = world.registerTenant('hostile');
    submit(world, tenantId, 1);
    world.place();
    const large = submit(world, tenantId, 4);
    world.nowMs += KEEP_HOST_AFTER_MS;
    world.place();
    expect(world.room.kept.size).toBe(1);
    const [host] = world.fleet.hosts.values();
    expect(host).toMatchObject({ usedCpuMillis: SLOT.cpuMillis, usedMemoryMiB: SLOT.memoryMiB });
    world.cancel(large);
    expect(world.room.kept.size).toBe(0);
  });
});
