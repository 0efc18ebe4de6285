import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, image, policy } from '../../../../test/domain/builders.js';
import { drain, retire, tendHosts } from '../../../../test/domain/host-operators.js';
import { World } from '../../../../test/domain/world.js';
import type { HostSpec } from '../host/events.js';
import type { BatchId, HostId, WorkloadId } from '../ids.js';
import { policyDecider } from '../policy/decide.js';
import { UTILITY_VMS_PER_HOST_MAX } from './host-index/standing.js';

const host = (number: number) => hostSpec(number).hostId;

function worldOf(...hosts: Partial<HostSpec>[]): World {
  const world = new World();
  for (const [at, changes] of hosts.entries()) world.registerHost(hostSpec(at + 1, changes));
  return world;
}

const hostsOf = (world: World, workloads: readonly WorkloadId[]): (HostId | undefined)[] =>
  workloads.map((workloadId) => world.attemptOf(workloadId)?.hostId);
const deferralsOf = (world: World, workloadId: WorkloadId) =>
  world.fleet.workloads.get(workloadId)?.state.deferrals;

describe('a host selector', () => {
  it('keeps a workload to hosts with every label, whatever fits better elsewhere', () => {
    const small = { cpuMillis: 2_000, memoryMiB: 2_048 };
    const labelled = { labels: { zone: 'b', disk: 'ssd' } };
    const world = worldOf(small, { labels: { zone: 'b' } }, labelled);
    const tenantId = world.registerTenant('hostile');
    const asking = world.submit(tenantId, { hostSelector: { disk: 'ssd', zone: 'b' } });
    const other = world.submit(tenantId);
    world.place();
    expect(hostsOf(world, [asking, other])).toEqual([host(3), host(1)]);
  });

  it('holds nobody else up: who asks for other labels waits in another line', () => {
    const world = worldOf({ labels: { zone: 'a' } }, { labels: { zone: 'b' } });
    world.onHost(host(1), 'cordon');
    const tenantId = world.registerTenant('hostile');
    const first = world.submit(tenantId, { hostSelector: { zone: 'a' } });
    const second = world.submit(tenantId, { hostSelector: { zone: 'b' } });
    world.place();
    expect(hostsOf(world, [first, second])).toEqual([undefined, host(2)]);
    expect(deferralsOf(world, first)).toEqual(['host-unavailable']);
    world.onHost(host(1), 'uncordon');
    world.place();
    expect(hostsOf(world, [first])).toEqual([host(1)]);
  });

  it('is refused with the labels where no host has them, at submission and when the last one leaves', () => {
    const world = worldOf({ labels: { zone: 'a' } }, {});
    const tenantId = world.registerTenant('hostile');
    const rejectionOf = (workloadId: WorkloadId) =>
      world.log.events
        .filter(({ stream, event }) => stream === workloadId && event.type === 'WorkloadRejected')
        .map(({ event }) => JSON.stringify(event.payload))
        .join();
    const nowhere = world.submit(tenantId, { hostSelector: { zone: 'c' } });
    expect(rejectionOf(nowhere)).toContain('no host with zone=c');
    drain(world, host(1), null);
    tendHosts(world);
    const waiting = world.submit(tenantId, { hostSelector: { zone: 'a' } });
    world.place();
    expect(rejectionOf(waiting)).toBe('');
    retire(world, host(1));
    world.place();
    expect(rejectionOf(waiting)).toContain('image-unrunnable');
  });
});

describe('a batch whose tasks must be spread', () => {
  const batch = (number: number, index: number) => ({
    batchId: idOf('bat', number) as BatchId,
    index,
  });

  it('has at most one task on a host at a time, and the next goes there when that is gone', () => {
    const world = worldOf({}, {});
    const tenantId = world.registerTenant('hostile');
    const tasks = [0, 1, 2].map((index) =>
      world.submit(tenantId, { spread: 'required' }, image(), batch(1, index)),
    ) as [WorkloadId, WorkloadId, WorkloadId];
    world.place();
    world.place();
    expect(hostsOf(world, tasks)).toEqual([host(1), host(2), undefined]);
    expect(deferralsOf(world, tasks[2])).toEqual(['host-unavailable']);
    world.start(tasks[1]);
    world.exit(tasks[1]);
    world.release(tasks[1]);
    world.place();
    expect(hostsOf(world, [tasks[2]])).toEqual([host(2)]);
  });

  it('stays away from a host until the last of several tasks that met there is gone', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('hostile');
    const met = [0, 1].map((index) => world.submit(tenantId, {}, image(), batch(1, index)));
    world.place();
    expect(hostsOf(world, met)).toEqual([host(1), host(1)]);
    const alone = world.submit(tenantId, { spread: 'required' }, image(), batch(1, 2));
    for (const [workloadId, expected] of [
      [met[0], undefined],
      [met[1], host(1)],
    ] as const) {
      world.start(workloadId as WorkloadId);
      world.exit(workloadId as WorkloadId);
      world.release(workloadId as WorkloadId);
      world.place();
      expect(hostsOf(world, [alone])).toEqual([expected]);
    }
  });

  it('keeps out neither the tasks of other batches nor those that may meet', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('hostile');
    const spread = { spread: 'required' } as const;
    const tasks = [
      world.submit(tenantId, spread, image(), batch(1, 0)),
      world.submit(tenantId, spread, image(), batch(1, 1)),
      world.submit(tenantId, spread, image(), batch(2, 0)),
      world.submit(tenantId, {}, image(), batch(1, 2)),
    ];
    world.place();
    expect(hostsOf(world, tasks)).toEqual([host(1), undefined, host(1), host(1)]);
  });
});

describe('the most utility VMs that policy allows on a host', () => {
  const publish = (world: World, utilityVmsPerHostMax: number | null) =>
    world.run(policyDecider, 'policy', null, {
      kind: 'publish-policy',
      version: world.fleet.policy.state.version + 1,
      policy: { ...policy, utilityVmsPerHostMax },
      nowMs: world.nowMs,
    });

  it('is kept from its publication on, whatever room there is, and takes nothing away', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('hostile');
    const before = [world.submit(tenantId), world.submit(tenantId)];
    world.place();
    publish(world, 1);
    const after = world.submit(tenantId);
    const silo = world.submit(world.registerTenant('standard'));
    world.place();
    expect(hostsOf(world, [...before, after, silo])).toEqual([
      host(1),
      host(1),
      undefined,
      host(1),
    ]);
    expect(deferralsOf(world, after)).toEqual(['host-unavailable']);
    publish(world, 3);
    world.place();
    expect(hostsOf(world, [after])).toEqual([host(1)]);
    publish(world, null);
    expect(world.fleet.index.utilityVmsMax).toBe(UTILITY_VMS_PER_HOST_MAX);
  });
});
