import type { TenantId, WorkloadId } from '@bulkhead/domain';
import { expect, it } from 'vitest';
import { hostSpec, policy } from '../domain/builders.js';
import { World } from '../domain/world.js';

const CROWD = 10_000;
const HOSTS = 4;
const SLOTS_PER_HOST = 10;
/** Of the crowd's workloads all differ in size a little, so that they stand in so many lines. */
const SIZES = 1_000;
const { memoryMiB: reserveMiB } = policy.utilityVmReserve;

/** A fleet that a crowd has filled, and that has ten thousand more waiting. */
function crowded(): { world: World; crowd: TenantId; running: WorkloadId[] } {
  const world = new World();
  const memoryMiB = SLOTS_PER_HOST * (reserveMiB + SIZES);
  for (let number = 1; number <= HOSTS; number += 1) {
    world.registerHost(hostSpec(number, { cpuMillis: 1_000_000, memoryMiB }));
  }
  const crowd = world.registerTenant('hostile');
  for (let at = 0; at < CROWD; at += 1) {
    world.submit(crowd, {
      priority: 100,
      resources: { cpuMillis: 100, memoryMiB: 1 + (at % SIZES) },
    });
  }
  return { world, crowd, running: world.place().placements.map(({ workloadId }) => workloadId) };
}

it('places the one workload of a tenant as soon as anything ends, whatever a crowd of ten thousand has waiting', () => {
  const { world, running } = crowded();
  world.nowMs += 1_000;
  const single = world.submit(world.registerTenant('hostile'), {
    priority: 0,
    resources: { cpuMillis: 100, memoryMiB: 1 },
  });
  world.place();
  expect(world.attemptOf(single)).toBeNull();
  const [first] = running as [WorkloadId];
  world.start(first);
  world.exit(first);
  world.release(first);
  // In the very round that follows, although most of the crowd has yet to be told why it waits.
  const [next] = world.place().placements;
  expect(next?.workloadId).toBe(single);
}, 60_000);
