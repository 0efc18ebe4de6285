import { beforeEach, describe, expect, it } from 'vitest';
import { hostSpec } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';

let world: World;
let tenantId: TenantId;
beforeEach(() => {
  world = new World();
  world.registerHost(hostSpec(1));
  tenantId = world.registerTenant('standard');
});

const stateOf = (workloadId: WorkloadId) => world.fleet.workloads.get(workloadId)?.state;

describe('the work of a suspended tenant', () => {
  it('waits, is told why once, and is placed when the tenant is reinstated', () => {
    const waiting = world.submit(tenantId);
    const other = world.submit(world.registerTenant('hostile'));
    world.suspend(tenantId);
    world.place();
    world.place();
    expect(stateOf(waiting)?.deferrals).toEqual(['tenant-suspended']);
    expect(world.attemptOf(waiting)).toBeNull();
    expect(world.attemptOf(other)).not.toBeNull();
    world.reinstate(tenantId);
    world.place();
    expect(world.attemptOf(waiting)).not.toBeNull();
  });

  it('is told so although no host has room either', () => {
    const small = new World();
    small.registerHost(hostSpec(1, { memoryMiB: 1_024 }));
    const owner = small.registerTenant('standard');
    small.submit(owner);
    const second = small.submit(owner);
    small.place();
    small.place();
    small.suspend(owner);
    small.place();
    const deferrals = small.fleet.workloads.get(second)?.state.deferrals;
    expect(deferrals).toEqual(['memory', 'tenant-suspended']);
  });

  it('is not started once it was placed, but goes back to waiting', () => {
    const workloadId = world.submit(tenantId);
    world.place();
    world.suspend(tenantId);
    expect(stateOf(workloadId)?.current?.eviction).toBe('tenant-suspended');
    world.start(workloadId);
    const ofWorkload = world.log.events.filter(({ stream }) => stream === workloadId);
    expect(ofWorkload.map(({ event }) => event.type)).not.toContain('StartAuthorized');
    world.release(workloadId);
    world.place();
    expect(stateOf(workloadId)?.deferrals).toEqual(['tenant-suspended']);
    world.reinstate(tenantId);
    world.place();
    world.start(workloadId);
    expect(stateOf(workloadId)?.status).toBe('starting');
  });

  it('goes on where it runs, until the suspension asks for that too', () => {
    const running = world.submit(tenantId, {}, undefined);
    world.place();
    world.start(running);
    world.started(running);
    world.suspend(tenantId);
    expect(stateOf(running)?.status).toBe('running');
    world.suspend(tenantId, true);
    expect(stateOf(running)?.current?.eviction).toBe('tenant-suspended');
    world.release(running);
    world.place();
    expect(world.attemptOf(running)).toBeNull();
    expect(stateOf(running)?.deferrals).toEqual(['tenant-suspended']);
  });
});
