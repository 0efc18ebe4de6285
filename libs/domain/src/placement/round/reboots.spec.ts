import { describe, expect, it } from 'vitest';
import { hostSpec, policy, windows } from '../../../../../test/domain/builders.js';
import { requestReboot } from '../../../../../test/domain/host-operators.js';
import { World } from '../../../../../test/domain/world.js';
import type { HostSpec } from '../../host/events.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { policyDecider } from '../../policy/decide.js';
import { EmptyHosts, rebootsWanted } from './reboots.js';

const EMPTY_FOR_MS = 1_000;
const strict = { isolation: 'process', strict: true } as const;

/** A world with hosts that one tenant after the other has run on, one on each, and that are empty again. */
class UsedFleet {
  readonly world = new World();
  readonly empty = new EmptyHosts();
  readonly owner: TenantId;
  readonly other: TenantId;

  constructor(hosts: readonly Partial<HostSpec>[], emptyForMs: number | null = EMPTY_FOR_MS) {
    const { world } = this;
    const reboots = emptyForMs === null ? {} : { rebootEmptyAfterMs: emptyForMs };
    const { nowMs } = world;
    world.run(policyDecider, 'policy', null, {
      ...{ kind: 'publish-policy', version: 2, policy: { ...policy, ...reboots }, nowMs },
    });
    for (const [at, changes] of hosts.entries()) world.registerHost(hostSpec(at + 1, changes));
    [this.owner, this.other] = [world.registerTenant('standard'), world.registerTenant('standard')];
    const used = hosts.map(({ cpuMillis = 8_000 }) => {
      const whole = { resources: { cpuMillis, memoryMiB: 1_024 } };
      const workloadId = world.submit(this.owner, whole);
      world.place();
      return workloadId;
    });
    for (const workloadId of used) this.end(workloadId);
  }

  end(workloadId: WorkloadId): void {
    this.world.start(workloadId);
    this.world.exit(workloadId);
    this.world.release(workloadId);
  }

  /** Waits strictly for a silo, and has been told why. */
  waits(tenantId = this.other): WorkloadId {
    const workloadId = this.world.submit(tenantId, strict);
    this.world.place();
    return workloadId;
  }

  /** Which hosts would boot after so long. */
  after(ms: number) {
    const { world, empty } = this;
    empty.look(world.fleet, world.nowMs);
    world.nowMs += ms;
    empty.look(world.fleet, world.nowMs);
    return rebootsWanted(world.fleet, world.room, empty, world.nowMs);
  }

  hostsAfter(ms: number) {
    return this.after(ms).map(({ host }) => host.hostId);
  }
}

const host = (number: number) => hostSpec(number).hostId;

describe('an empty host whose kernel belongs to another boundary', () => {
  it('boots anew for a boundary that waits for a kernel, once it has been empty long enough', () => {
    const fleet = new UsedFleet([{}]);
    const workloadId = fleet.waits();
    expect(fleet.world.fleet.workloads.get(workloadId)?.state.deferrals).toEqual(['kernel-busy']);
    expect(fleet.hostsAfter(EMPTY_FOR_MS - 1)).toEqual([]);
    const [wanted] = fleet.after(1);
    expect(wanted).toMatchObject({ trustBoundary: `own:${fleet.other}` });
    requestReboot(fleet.world, host(1), `own:${fleet.other}`);
    fleet.world.boot(host(1));
    fleet.world.place();
    expect(fleet.world.attemptOf(workloadId)).toMatchObject({
      hostId: host(1),
      isolation: 'process',
    });
  });

  it('takes nothing between the request and the boot, not even for its owner', () => {
    const fleet = new UsedFleet([{}]);
    requestReboot(fleet.world, host(1), `own:${fleet.other}`);
    const workloadId = fleet.world.submit(fleet.owner);
    const hostile = fleet.world.submit(fleet.world.registerTenant('hostile'));
    fleet.world.place();
    expect([fleet.world.attemptOf(workloadId), fleet.world.attemptOf(hostile)]).toEqual([
      null,
      null,
    ]);
    fleet.world.boot(host(1));
    fleet.world.place();
    expect(fleet.world.attemptOf(hostile)).not.toBeNull();
  });

  it('goes on where policy says nothing of it, or nobody waits for a kernel', () => {
    const silent = new UsedFleet([{}], null);
    silent.waits();
    expect(silent.hostsAfter(EMPTY_FOR_MS * 100)).toEqual([]);
    expect(new UsedFleet([{}]).hostsAfter(EMPTY_FOR_MS * 100)).toEqual([]);
    const free = new UsedFleet([{}]);
    free.waits();
    free.world.registerHost(hostSpec(2));
    expect(free.hostsAfter(EMPTY_FOR_MS)).toEqual([]);
  });

  it('never boots while anything holds a place there, a utility VM included', () => {
    const fleet = new UsedFleet([{}]);
    const running = fleet.world.submit(fleet.world.registerTenant('hostile'));
    fleet.world.place();
    fleet.waits();
    expect(fleet.hostsAfter(EMPTY_FOR_MS)).toEqual([]);
    fleet.end(running);
    expect(fleet.hostsAfter(EMPTY_FOR_MS - 1)).toEqual([]);
    expect(fleet.hostsAfter(1)).toEqual([host(1)]);
  });

  it('is left alone where it could not run what waits, or is closed', () => {
    const older = new UsedFleet([{}, { cpuMillis: 500 }]);
    older.waits();
    expect(older.hostsAfter(EMPTY_FOR_MS)).toEqual([host(1)]);
    older.world.onHost(host(1), 'cordon');
    expect(older.hostsAfter(EMPTY_FOR_MS)).toEqual([]);
    const newer = new UsedFleet([{}]);
    newer.world.registerHost(hostSpec(2, { osVersion: windows(17763) }));
    newer.waits();
    expect(newer.hostsAfter(EMPTY_FOR_MS)).toEqual([host(1)]);
  });

  it('boots alone for its boundary: what waits may all find room on one kernel', () => {
    const fleet = new UsedFleet([{}, {}, {}]);
    fleet.waits();
    fleet.waits();
    const third = fleet.world.registerTenant('standard');
    fleet.waits(third);
    expect(fleet.after(EMPTY_FOR_MS)).toHaveLength(2);
    requestReboot(fleet.world, host(1), `own:${fleet.other}`);
    const [left, ...more] = fleet.after(EMPTY_FOR_MS);
    expect([left?.trustBoundary, left?.host.hostId, more]).toEqual([`own:${third}`, host(2), []]);
  });
});
