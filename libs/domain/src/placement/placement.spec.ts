import { describe, expect, it } from 'vitest';
import { hostSpec, image, linuxImage, policy, windows } from '../../../../test/domain/builders.js';
import { World } from '../../../../test/domain/world.js';
import { hostDecider } from '../host/decide.js';
import type { HostSpec } from '../host/events.js';
import type { KernelInstanceId, WorkloadId } from '../ids.js';

/** A world with these hosts, numbered from 1. */
function worldOf(...hosts: Partial<HostSpec>[]): World {
  const world = new World();
  for (const [at, changes] of hosts.entries()) world.registerHost(hostSpec(at + 1, changes));
  return world;
}

const placementOf = (world: World, workloadId: WorkloadId) => {
  const attempt = world.attemptOf(workloadId);
  return attempt === null ? null : { host: attempt.hostId, isolation: attempt.isolation };
};
const host = (number: number) => hostSpec(number).hostId;
const causesOf = (world: World, workloadId: WorkloadId) =>
  world.fleet.workloads.get(workloadId)?.state.deferrals;

describe('where a workload goes', () => {
  it('goes to the host that is left with the least, so that large ones still find room', () => {
    const world = worldOf({ cpuMillis: 16_000 }, { cpuMillis: 4_000 }, { cpuMillis: 8_000 });
    const workloadId = world.submit(world.registerTenant('standard'));
    world.place();
    expect(placementOf(world, workloadId)).toEqual({ host: host(2), isolation: 'process' });
  });

  it('goes to the lower id where all are equal, and the same fleet gives the same answer', () => {
    const answer = () => {
      const world = worldOf({}, {}, {});
      const workloadId = world.submit(world.registerTenant('standard'));
      world.place();
      return [placementOf(world, workloadId), world.log.events];
    };
    expect(answer()[0]).toEqual({ host: host(1), isolation: 'process' });
    expect(answer()).toEqual(answer());
  });

  it('goes to a kernel of its boundary before it claims a free one', () => {
    const world = worldOf({ cpuMillis: 8_000 }, { cpuMillis: 2_000 });
    const tenantId = world.registerTenant('standard');
    const large = world.submit(tenantId, { resources: { cpuMillis: 3_000, memoryMiB: 64 } });
    world.place();
    const small = world.submit(tenantId);
    world.place();
    expect(placementOf(world, large)?.host).toBe(host(1));
    expect(placementOf(world, small)?.host).toBe(host(1));
  });

  it('shares a kernel between trusted tenants of one boundary and with nobody else', () => {
    const world = worldOf({}, {});
    const red = [world.registerTenant('trusted', 'red'), world.registerTenant('trusted', 'red')];
    const first = world.submit(red[0]!);
    world.place();
    const second = world.submit(red[1]!);
    const other = world.submit(world.registerTenant('standard'));
    world.place();
    expect(placementOf(world, second)).toEqual(placementOf(world, first));
    expect(placementOf(world, other)?.host).toBe(host(2));
  });

  it('waits for nothing where it needs a utility VM: any open host with room will do', () => {
    const world = worldOf({ hypervPresent: false }, {});
    const hostile = world.submit(world.registerTenant('hostile'));
    world.place();
    expect(placementOf(world, hostile)).toEqual({ host: host(2), isolation: 'hyperv' });
  });

  it("runs an older image in a utility VM where no host's kernel can run it", () => {
    const world = worldOf({ osVersion: windows(26100) });
    const older = image({ osVersion: windows(17763) });
    const workloadId = world.submit(world.registerTenant('standard'), {}, older);
    world.place();
    expect(placementOf(world, workloadId)?.isolation).toBe('hyperv');
    const { decision } = world.fleet.workloads.get(workloadId)!.state;
    expect(decision?.reasons.map((reason) => reason.rule)).toEqual(['kernel-mismatch']);
    expect(decision?.inputs.hostVersion).toEqual(windows(26100));
  });

  it('prefers a host whose kernel can run the image in a silo', () => {
    const world = worldOf(
      { osVersion: windows(26100), cpuMillis: 2_000 },
      { osVersion: windows(17763) },
    );
    const older = image({ osVersion: windows(17763) });
    const workloadId = world.submit(world.registerTenant('standard'), {}, older);
    world.place();
    expect(placementOf(world, workloadId)).toEqual({ host: host(2), isolation: 'process' });
  });

  it('keeps the utility VM that was decided before, although its tenant is hostile no longer', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('hostile');
    const workloadId = world.submit(tenantId);
    world.changeTrust(tenantId, 'standard');
    const [placed] = world.place().placements;
    expect(placementOf(world, workloadId)).toEqual({ host: host(1), isolation: 'hyperv' });
    expect(placed?.command.decision.reasons.map(({ rule }) => rule)).toEqual(['never-lowered']);
  });

  it('goes by the version that the host booted, not by the one it was registered with', () => {
    const world = worldOf({ osVersion: windows(17763) });
    const older = image({ osVersion: windows(17763) });
    world.run(hostDecider, host(1), null, {
      kind: 'report-boot',
      bootId: 'updated',
      kernelInstanceId: `ki_${'a'.repeat(32)}` as KernelInstanceId,
      osVersion: windows(20348),
      nowMs: world.nowMs,
    });
    const workloadId = world.submit(world.registerTenant('standard'), {}, older);
    world.place();
    expect(placementOf(world, workloadId)?.isolation).toBe('hyperv');
  });
});

describe('when there is no place', () => {
  it('is never placed on a cordoned, lost or fenced host, and is told so once', () => {
    for (const close of ['cordon', 'lose', 'fence'] as const) {
      const world = worldOf({});
      if (close === 'cordon') world.onHost(host(1), 'cordon');
      if (close === 'lose') world.loseHost(host(1));
      if (close === 'fence') world.fence(host(1));
      const workloadId = world.submit(world.registerTenant('hostile'));
      world.place();
      world.place();
      expect(placementOf(world, workloadId)).toBeNull();
      expect(causesOf(world, workloadId)).toEqual(['host-unavailable']);
    }
  });

  it('tells everyone in a line of equals once for each cause', () => {
    const world = worldOf({ cpuMillis: 1_000 });
    const tenantId = world.registerTenant('standard');
    const [first, ...others] = [1, 2, 3].map(() => world.submit(tenantId)) as [WorkloadId];
    for (let round = 0; round < 4; round += 1) world.place();
    expect(placementOf(world, first)).not.toBeNull();
    for (const workloadId of others) expect(causesOf(world, workloadId)).toEqual(['cpu']);
  });

  it('waits for memory, and goes on when some is released', () => {
    const world = worldOf({ memoryMiB: 1_024 });
    const tenantId = world.registerTenant('standard');
    const [first, second] = [world.submit(tenantId), world.submit(tenantId)];
    world.place();
    world.place();
    expect(causesOf(world, second)).toEqual(['memory']);
    world.start(first);
    world.exit(first);
    world.release(first);
    world.place();
    expect(placementOf(world, second)).not.toBeNull();
  });

  it("counts a utility VM's reserve, so that a host never holds more than it has", () => {
    const memoryMiB = 2 * (1_024 + policy.utilityVmReserve.memoryMiB) - 1;
    const world = worldOf({ memoryMiB });
    const tenantId = world.registerTenant('hostile');
    const [first, second] = [world.submit(tenantId), world.submit(tenantId)];
    world.place();
    world.place();
    expect(placementOf(world, first)).not.toBeNull();
    expect(causesOf(world, second)).toEqual(['memory']);
  });

  it('waits for the first host of an empty fleet', () => {
    const world = worldOf();
    const workloadId = world.submit(world.registerTenant('standard'));
    world.place();
    expect(causesOf(world, workloadId)).toContain('no-host');
  });

  it('is refused where its tenant became hostile and it insisted on a silo', () => {
    const world = worldOf({});
    world.onHost(host(1), 'cordon');
    const tenantId = world.registerTenant('standard');
    const workloadId = world.submit(tenantId, { isolation: 'process', strict: true });
    world.changeTrust(tenantId, 'hostile');
    world.place();
    expect(world.fleet.workloads.has(workloadId)).toBe(false);
    expect(world.log.events.at(-1)?.event).toMatchObject({
      type: 'WorkloadRejected',
      payload: { code: 'ISOLATION_REFUSED', reasons: [{ rule: 'tenant-hostile' }] },
    });
  });

  it('is not put on a kernel that somebody is being evicted from', () => {
    const world = worldOf({});
    const [leaver, stayer] = [
      world.registerTenant('trusted', 'red'),
      world.registerTenant('trusted', 'red'),
    ];
    const left = world.submit(leaver);
    world.place();
    world.start(left);
    world.started(left);
    world.changeBoundary(leaver, null);
    expect(world.attemptOf(left)?.eviction).toBe('boundary-changed');
    const next = world.submit(stayer, { isolation: 'process', strict: true });
    world.place();
    expect(causesOf(world, next)).toEqual(['kernel-busy']);
    world.hearExit(left);
    world.release(left);
    world.place();
    expect(placementOf(world, next)).toEqual({ host: host(1), isolation: 'process' });
  });
});

describe('patience for a kernel', () => {
  const busy = () => {
    const world = worldOf({});
    const owner = world.submit(world.registerTenant('standard'));
    world.place();
    return { world, owner, other: world.registerTenant('standard') };
  };

  it('lasts as long as policy says, then the workload gets a utility VM and says why', () => {
    const { world, other } = busy();
    const workloadId = world.submit(other);
    const round = world.place();
    expect(causesOf(world, workloadId)).toEqual(['kernel-busy']);
    expect(round.againAtMs).toBe(world.nowMs + policy.kernelPatienceMs);
    world.nowMs += policy.kernelPatienceMs - 1;
    world.place();
    expect(placementOf(world, workloadId)).toBeNull();
    world.nowMs += 1;
    world.place();
    expect(placementOf(world, workloadId)?.isolation).toBe('hyperv');
    const { decision } = world.fleet.workloads.get(workloadId)!.state;
    expect(decision?.reasons.map((reason) => reason.rule)).toEqual(['kernel-unavailable']);
  });

  it('is endless for a strict request for process', () => {
    const { world, other } = busy();
    const workloadId = world.submit(other, { isolation: 'process', strict: true });
    world.nowMs += 1_000 * policy.kernelPatienceMs;
    world.place();
    expect(placementOf(world, workloadId)).toBeNull();
  });

  it('is not asked for where the boundary has a kernel that is only full', () => {
    const world = worldOf({ cpuMillis: 1_000 });
    const tenantId = world.registerTenant('standard');
    world.submit(tenantId);
    world.place();
    const second = world.submit(tenantId);
    world.nowMs += 10 * policy.kernelPatienceMs;
    world.place();
    expect(placementOf(world, second)).toBeNull();
    expect(causesOf(world, second)).toEqual(['cpu']);
  });

  it('ends well when the kernel is freed by a boot', () => {
    const { world, owner, other } = busy();
    const workloadId = world.submit(other, { isolation: 'process', strict: true });
    world.cancel(owner);
    world.release(owner);
    world.boot(host(1));
    world.place();
    expect(placementOf(world, workloadId)).toEqual({ host: host(1), isolation: 'process' });
  });
});

describe('a claim that is on its way into the log', () => {
  it('keeps others off the kernel until it is settled', () => {
    const world = worldOf({});
    const [a, b] = [world.registerTenant('trusted', 'red'), world.registerTenant('trusted', 'red')];
    world.submit(a);
    world.submit(b);
    const round = world.place();
    expect(round.placements).toHaveLength(1);
    expect(round.placements[0]?.claim).not.toBeNull();
    expect(round.deferrals).toEqual([]);
    const next = world.place();
    expect(next.placements).toHaveLength(1);
    expect(next.placements[0]?.claim).toBeNull();
  });

  it('is the only one of its boundary: nobody takes a second free kernel meanwhile', () => {
    const world = worldOf({}, {});
    const tenantId = world.registerTenant('standard');
    const workloads = [world.submit(tenantId), world.submit(tenantId)];
    world.place();
    world.place();
    expect(workloads.map((id) => placementOf(world, id)?.host)).toEqual([host(1), host(1)]);
  });

  it('is taken back with the place when the log refuses it, and the kernel is free for another', () => {
    const world = worldOf({});
    const refused = world.submit(world.registerTenant('standard'), { priority: 9 });
    world.place(() => true);
    expect(world.fleet.pending.size).toBe(0);
    expect(world.fleet.hosts.get(host(1))).toMatchObject({
      usedCpuMillis: 0,
      usedMemoryMiB: 0,
      kernel: { trustBoundary: null, claimPending: false },
    });
    world.cancel(refused);
    const other = world.submit(world.registerTenant('standard'));
    world.place();
    expect(placementOf(world, other)).toEqual({ host: host(1), isolation: 'process' });
  });

  it('guards what it looked at: host, tenant, image, policy, placer, a kernel that it shares and the advisories', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('standard');
    world.submit(tenantId);
    const kernelInstanceId = world.fleet.hosts.get(host(1))!.kernel!.kernelInstanceId;
    const versions = (round: ReturnType<World['place']>) =>
      round.placements.flatMap(({ guards }) =>
        guards.map(({ stream, version }) => [stream, version]),
      );
    const first = versions(world.place());
    expect(first).toEqual([
      [host(1), world.log.versionOf(host(1))],
      [tenantId, 1],
      [image().imageId, 0],
      ['policy', 1],
      ['placer', 1],
      ['advisories', 0],
    ]);
    world.submit(tenantId);
    expect(versions(world.place())).toEqual([
      ...first.slice(0, -1),
      [kernelInstanceId, 2],
      ['advisories', 0],
    ]);
  });
});

describe('who comes first', () => {
  const order = (world: World) => world.place().placements.map((placed) => placed.workloadId);

  it('is the higher priority, then who was submitted first', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('hostile');
    const low = world.submit(tenantId, { priority: 1 });
    const first = world.submit(tenantId, { priority: 5 });
    const second = world.submit(tenantId, { priority: 5 });
    expect(order(world)).toEqual([first, second, low]);
  });

  it('goes across tenants and kinds of workload', () => {
    const world = worldOf({}, {});
    const hal = world.registerTenant('hostile');
    const sue = world.registerTenant('hostile');
    const submitted = [
      world.submit(hal),
      world.submit(sue, {}, linuxImage),
      world.submit(hal, { resources: { cpuMillis: 10, memoryMiB: 10 } }),
      world.submit(hal),
    ];
    expect(order(world)).toEqual(submitted);
  });

  it('is nobody who has to wait before the next attempt', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('standard');
    const restartPolicy = { maxAttempts: 2, backoffSeconds: 60 };
    const workloadId = world.submit(tenantId, { restartPolicy });
    world.place();
    world.start(workloadId);
    world.exit(workloadId, 1);
    world.release(workloadId);
    const round = world.place();
    expect(round.placements).toEqual([]);
    expect(round.againAtMs).toBe(world.nowMs + 60_000);
    world.nowMs += 60_000;
    expect(order(world)).toEqual([workloadId]);
  });
});
