import { beforeEach, describe, expect, it } from 'vitest';
import {
  advisory,
  evictFromBrokenKernels,
  publishAdvisory,
  withdrawAdvisory,
} from '../../../../../test/domain/advisory-operators.js';
import { hostSpec, policy, windows } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { policyDecider } from '../../policy/decide.js';
import type { Policy } from '../../policy/events.js';
import type { IsolationDecided } from '../../workload/events.js';

let world: World;
let tenantId: TenantId;
beforeEach(() => {
  world = new World();
  world.registerHost(hostSpec(1));
  tenantId = world.registerTenant('standard');
});

const stateOf = (workloadId: WorkloadId) => world.fleet.workloads.get(workloadId)?.state;
const strictly = { isolation: 'process', strict: true } as const;
const retrying = { restartPolicy: { maxAttempts: 1, backoffSeconds: 0 } };

function publishPolicy(changes: Partial<Policy>): void {
  const version = world.fleet.policy.state.version + 1;
  const { nowMs } = world;
  const command = { kind: 'publish-policy', version, policy: { ...policy, ...changes }, nowMs };
  world.run(policyDecider, 'policy', null, command as never);
  evictFromBrokenKernels(world);
}

function running(changes = {}): WorkloadId {
  const workloadId = world.submit(tenantId, { ...retrying, ...changes });
  world.place();
  world.start(workloadId);
  world.started(workloadId);
  expect(stateOf(workloadId)?.status).toBe('running');
  return workloadId;
}

function decisionsOf(workloadId: WorkloadId): IsolationDecided['payload'][] {
  return world.log.events.flatMap(({ stream, event }) =>
    stream === workloadId && event.type === 'IsolationDecided' ? [event.payload] : [],
  );
}

describe('while an advisory breaks the shared kernel of a build', () => {
  it('a workload gets a utility VM there, and its decision names the advisory', () => {
    const advisoryId = publishAdvisory(world, advisory(1));
    const workloadId = world.submit(tenantId);
    world.place();
    expect(world.attemptOf(workloadId)?.isolation).toBe('hyperv');
    const [floor, raised] = decisionsOf(workloadId).map(({ decision }) => decision);
    expect(floor?.isolation).toBe('process');
    expect(raised?.reasons.map(({ rule }) => rule)).toEqual(['open-advisory']);
    expect(raised?.inputs.openAdvisories).toEqual([advisoryId]);
  });

  it('a host that it does not affect is taken in its place', () => {
    publishAdvisory(world, advisory(1));
    const patched = world.registerHost(hostSpec(2, { osVersion: windows(20348, 2) }));
    const workloadId = world.submit(tenantId);
    world.place();
    expect(world.attemptOf(workloadId)).toMatchObject({ isolation: 'process', hostId: patched });
  });

  it('a workload waits for room on such a host, as it does where other builds cannot run its image', () => {
    publishAdvisory(world, advisory(1));
    world.registerHost(hostSpec(2, { osVersion: windows(20348, 2), memoryMiB: 1_024 }));
    const first = world.submit(tenantId);
    const second = world.submit(tenantId);
    world.place();
    world.place();
    expect(world.attemptOf(first)?.isolation).toBe('process');
    expect(stateOf(second)?.deferrals).toEqual(['memory']);
  });

  it('a strict request for a silo waits, and is placed when the advisory is withdrawn', () => {
    const advisoryId = publishAdvisory(world, advisory(1));
    const workloadId = world.submit(tenantId, strictly);
    world.place();
    expect(stateOf(workloadId)?.deferrals).toEqual(['open-advisory']);
    withdrawAdvisory(world, advisoryId);
    world.place();
    expect(world.attemptOf(workloadId)?.isolation).toBe('process');
  });

  it('a strict request is looked at again when the window ends', () => {
    const untilMs = world.nowMs + 5_000;
    publishAdvisory(world, advisory(1, { window: { fromMs: 0, untilMs } }));
    const workloadId = world.submit(tenantId, strictly);
    expect(world.place().againAtMs).toBe(untilMs);
    world.nowMs = untilMs;
    world.place();
    expect(world.attemptOf(workloadId)?.isolation).toBe('process');
  });

  it('nothing is raised where policy has switched the rule off, and the decision says what it would have said', () => {
    publishPolicy({ rulesOff: ['open-advisory'] });
    const advisoryId = publishAdvisory(world, advisory(1));
    const workloadId = world.submit(tenantId);
    world.place();
    expect(world.attemptOf(workloadId)?.isolation).toBe('process');
    const decision = decisionsOf(workloadId).at(-1)?.decision;
    expect(decision?.silenced.map(({ rule }) => rule)).toEqual(['open-advisory']);
    expect(decision?.inputs.openAdvisories).toEqual([advisoryId]);
  });
});

describe('an advisory of another wall', () => {
  it('is warned of in the decision and changes nothing', () => {
    const hypervisor = publishAdvisory(world, advisory(1, { wall: 'hypervisor' }));
    const unpacking = publishAdvisory(world, advisory(2, { wall: 'image-import' }));
    const vm = world.submit(world.registerTenant('hostile'));
    const silo = world.submit(tenantId);
    world.place();
    expect(world.attemptOf(vm)?.isolation).toBe('hyperv');
    expect(world.attemptOf(silo)?.isolation).toBe('process');
    const warned = (id: WorkloadId) => decisionsOf(id).at(-1)?.decision;
    expect(warned(vm)?.inputs.otherAdvisories).toEqual([
      { advisoryId: hypervisor, wall: 'hypervisor' },
      { advisoryId: unpacking, wall: 'image-import' },
    ]);
    const texts = (id: WorkloadId) => warned(id)?.warnings.map(({ because }) => because);
    expect(texts(vm)).toEqual([
      expect.stringContaining('breaks the hypervisor'),
      expect.stringContaining('breaks the unpacking of images'),
    ]);
    expect(texts(silo)).toEqual([expect.stringContaining('breaks the unpacking of images')]);
  });
});

describe('a silo that was placed before the advisory', () => {
  it('is not started, and is placed again in a utility VM', () => {
    publishPolicy({ advisories: { evictRunning: false } });
    const workloadId = world.submit(tenantId);
    world.place();
    publishAdvisory(world, advisory(1));
    expect(stateOf(workloadId)?.current?.eviction).toBe('open-advisory');
    world.release(workloadId);
    world.place();
    expect(world.attemptOf(workloadId)?.isolation).toBe('hyperv');
    expect(stateOf(workloadId)?.countedFailures).toBe(0);
    const types = world.log.events.map(({ event }) => event.type);
    expect(types).not.toContain('StartAuthorized');
  });

  it('is refused its start also where nobody has evicted it yet', () => {
    publishPolicy({ rulesOff: ['open-advisory'] });
    const workloadId = world.submit(tenantId);
    world.place();
    publishAdvisory(world, advisory(1));
    const { computeSystemId } = world.attemptOf(workloadId) ?? {};
    const wall = { trust: 'standard', trustBoundary: `own:${tenantId}` as const } as const;
    const kernelBrokenBy = [advisory(1).advisoryId];
    const { nowMs } = world;
    const authorize = { kind: 'authorize-start', computeSystemId, ...wall, suspended: false };
    expect(world.ask(workloadId, { ...authorize, kernelBrokenBy, nowMs } as never)).toEqual([]);
    const allowed = { ...authorize, kernelBrokenBy: [], nowMs } as never;
    expect(world.ask(workloadId, allowed)).toHaveLength(1);
  });

  it('goes on where policy leaves what runs alone, until policy says otherwise', () => {
    publishPolicy({ advisories: { evictRunning: false } });
    const silo = running();
    publishAdvisory(world, advisory(1));
    expect(stateOf(silo)?.status).toBe('running');
    publishPolicy({ advisories: { evictRunning: true } });
    expect(stateOf(silo)?.current?.eviction).toBe('open-advisory');
  });

  it('is evicted where policy says so, and runs again behind a wall that stands', () => {
    const silo = running();
    const vm = running({ isolation: 'hyperv' });
    publishAdvisory(world, advisory(1));
    expect(stateOf(silo)?.current?.eviction).toBe('open-advisory');
    expect(stateOf(vm)?.current?.eviction).toBeNull();
    world.release(silo);
    world.place();
    expect(world.attemptOf(silo)).toMatchObject({ isolation: 'hyperv', attempt: 2 });
    expect(
      decisionsOf(silo)
        .at(-1)
        ?.decision.reasons.map(({ rule }) => rule),
    ).toEqual(['open-advisory']);
  });

  it('stays where its kernel is fixed already', () => {
    const silo = running();
    publishAdvisory(world, advisory(1, { builds: [{ build: 20348, fixedRevision: 1 }] }));
    expect(stateOf(silo)?.status).toBe('running');
  });
});
