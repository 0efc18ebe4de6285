import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advisory, publishAdvisory } from '../../../../../test/domain/advisory-operators.js';
import {
  hostSpec,
  image,
  linuxImage,
  request,
  windows,
} from '../../../../../test/domain/builders.js';
import { drain } from '../../../../../test/domain/host-operators.js';
import { randomHost, randomWanted } from '../../../../../test/domain/random-hosts.js';
import { World } from '../../../../../test/domain/world.js';
import type { HostSpec } from '../../host/events.js';
import type { TenantId } from '../../ids.js';
import { imageDecider } from '../../image/decide.js';
import type { ImageFacts } from '../../isolation/decision.js';
import type { WorkloadRequest } from '../../workload/request.js';
import { candidatesFor } from '../candidates.js';
import { emptyFleet, putHost } from '../fleet/fleet.js';
import { SHORTLIST_MAX } from '../host-index/shortlist.js';
import { explainHosts, HOSTS_NAMED_MAX, withoutPause } from './explain-hosts.js';
import { explainPlacement } from './explain-placement.js';

const host = (number: number) => hostSpec(number).hostId;

function catalogue(world: World, { known: _known, revoked: _revoked, ...facts }: ImageFacts): void {
  const provenance = { origin: 'seeded', manifestDigest: null, attestation: null } as const;
  const layers = [{ digest: `sha256:${'0'.repeat(64)}`, compressedMiB: 1, unpackedMiB: 1 }];
  const publisher = facts.publisher ?? '';
  const registered = { ...facts, publisher, layers, provenance };
  const { nowMs } = world;
  const command = { kind: 'register-image', image: registered, nowMs } as const;
  world.run(imageDecider, facts.imageId, null, command);
}

function worldOf(...hosts: Partial<HostSpec>[]): World {
  const world = new World();
  catalogue(world, image());
  for (const [at, changes] of hosts.entries()) world.registerHost(hostSpec(at + 1, changes));
  return world;
}

function explain(world: World, tenantId: TenantId, changes: Partial<WorkloadRequest> = {}) {
  const { imageId } = image();
  const asked = { tenantId, request: request(changes), imageId, nowMs: world.nowMs };
  return withoutPause(explainPlacement(world.fleet, asked));
}

/** Causes behind one wall, with how many hosts each turned down. */
function causes({ placement }: ReturnType<typeof explain>, isolation: 'process' | 'hyperv') {
  const wall = placement?.walls.find((one) => one.isolation === isolation);
  return Object.fromEntries((wall?.turnedDown ?? []).map(({ cause, count }) => [cause, count]));
}

describe('an explained placement', () => {
  it('names the host that the placement takes a moment later, and what made it better', () => {
    const world = worldOf({ cpuMillis: 16_000 }, { cpuMillis: 2_000 }, { cpuMillis: 8_000 });
    const tenantId = world.registerTenant('standard');
    const { placement } = explain(world, tenantId);
    expect(placement).toMatchObject({ outcome: 'place', waits: null });
    expect(placement?.chosen).toMatchObject({ isolation: 'process', claimsKernel: true });
    expect(placement?.walls[0]?.able.hosts.map(({ hostId }) => hostId)).toEqual([
      host(2),
      host(3),
      host(1),
    ]);
    const packing = placement?.walls[0]?.able.hosts.map(({ points }) => points[0]?.points ?? 0);
    expect(packing).toEqual([...(packing ?? [])].sort((a, b) => b - a));
    const workloadId = world.submit(tenantId);
    world.place();
    expect(placement?.chosen?.hostId).toBe(world.attemptOf(workloadId)?.hostId);
  });

  it('records nothing and holds nothing, however often it is asked', () => {
    const world = worldOf({}, {});
    const tenantId = world.registerTenant('standard');
    const before = world.log.events.length;
    const first = explain(world, tenantId);
    expect(explain(world, tenantId)).toEqual(first);
    expect(world.log.events).toHaveLength(before);
    expect([world.fleet.pending.size, world.fleet.workloads.size]).toEqual([0, 0]);
  });

  it('tells what holds at the host that it would go to, the rules about hosts included', () => {
    const world = worldOf({ osVersion: windows(26100) });
    const older = { ...image(), osVersion: windows(17763) };
    catalogue(world, { ...older, imageId: linuxImage.imageId });
    const asked = { tenantId: world.registerTenant('standard'), imageId: linuxImage.imageId };
    const { floor, placement } = withoutPause(
      explainPlacement(world.fleet, { ...asked, request: request(), nowMs: world.nowMs }),
    );
    const outcomeOf = (told: typeof floor | undefined) =>
      told?.rules.find(({ id }) => id === 'kernel-mismatch')?.outcome;
    expect([floor.isolation, outcomeOf(floor)]).toEqual(['process', 'decided-at-placement']);
    expect(placement?.chosen?.isolation).toBe('hyperv');
    expect(outcomeOf(placement?.chosen?.decision)).toBe('fired');
  });

  it('counts the hosts of each cause, and says what each of them has', () => {
    const world = worldOf({}, {}, {}, {}, { architecture: 'arm64' }, { osVersion: windows(17763) });
    const [mine, other] = [world.registerTenant('standard'), world.registerTenant('standard')];
    world.submit(other);
    world.place();
    world.onHost(host(2), 'cordon');
    world.loseHost(host(3));
    drain(world, host(4), null);
    const answer = explain(world, mine);
    expect(causes(answer, 'process')).toEqual({
      architecture: 1,
      compatibility: 1,
      cordoned: 1,
      draining: 1,
      'kernel-owned': 1,
      lost: 1,
    });
    const owned = answer.placement?.walls[0]?.turnedDown.find(
      ({ cause }) => cause === 'kernel-owned',
    );
    expect(owned?.hosts).toEqual([
      { hostId: host(1), detail: `its kernel belongs to own:${other}` },
    ]);
    expect(answer.placement).toMatchObject({ outcome: 'defer', waits: { cause: 'kernel-busy' } });
  });

  it("tells what is missing, a utility VM's reserve included, and where there is no Hyper-V", () => {
    const world = worldOf({ cpuMillis: 1_000 }, { hypervPresent: false }, { memoryMiB: 1_536 }, {});
    const hostile = world.registerTenant('hostile');
    world.submit(hostile, { resources: { cpuMillis: 7_500, memoryMiB: 9_000 } });
    world.place();
    const answer = explain(world, hostile, { resources: { cpuMillis: 1_000, memoryMiB: 1_300 } });
    expect(causes(answer, 'hyperv')).toEqual({ 'too-small': 2, 'no-hyper-v': 1, cpu: 1 });
    const cpu = answer.placement?.walls[0]?.turnedDown.find(({ cause }) => cause === 'cpu');
    expect(cpu?.hosts[0]?.detail).toMatch(/it has \d+ cpuMillis free; .* are needed, .* included/);
  });

  it('names the hosts whose shared kernel an advisory breaks, and the rule where one is taken', () => {
    const world = worldOf({}, { osVersion: windows(20348, 2) });
    const tenantId = world.registerTenant('standard');
    const advisoryId = publishAdvisory(world, advisory(1));
    expect(explain(world, tenantId).placement?.chosen?.hostId).toBe(host(2));
    const silos = explain(world, tenantId).placement?.walls[0]?.turnedDown;
    const detail = 'an open advisory breaks the shared kernel of its build 20348.1';
    const hosts = [{ hostId: host(1), detail }];
    expect(silos).toEqual([{ cause: 'open-advisory', count: 1, hosts }]);
    drain(world, host(2), null);
    publishAdvisory(world, advisory(2, { builds: [{ build: 20348, fixedRevision: null }] }));
    const { rules } = explain(world, tenantId).placement?.chosen?.decision ?? {};
    const fired = rules?.find(({ id }) => id === 'open-advisory');
    expect(fired).toMatchObject({ outcome: 'fired' });
    expect(fired?.inputs.openAdvisories).toContain(advisoryId);
  });

  it('lets others run meanwhile, and is not told what they do to the fleet', () => {
    const world = worldOf(...Array.from({ length: 600 }, () => ({})));
    const tenantId = world.registerTenant('standard');
    const asked = { tenantId, request: request(), imageId: image().imageId, nowMs: world.nowMs };
    const whole = withoutPause(explainPlacement(world.fleet, asked));
    const steps = explainPlacement(world.fleet, asked);
    let turns = 0;
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) {
        expect(step.value).toEqual(whole);
        break;
      }
      turns += 1;
      world.onHost(host(turns), 'cordon');
    }
    expect(turns).toBeGreaterThan(2);
  });

  it('says why a tenant that may not have more waits, although hosts have room', () => {
    const world = worldOf({});
    const tenantId = world.registerTenant('standard');
    world.suspend(tenantId);
    const { placement } = explain(world, tenantId);
    expect(placement).toMatchObject({ outcome: 'defer', waits: { cause: 'tenant-suspended' } });
    expect(placement?.walls[0]?.able.count).toBe(1);
  });

  it('says what each host lacks where none could ever take it', () => {
    const world = worldOf({ hypervPresent: false }, { cpuMillis: 500 });
    const { floor, placement } = explain(world, world.registerTenant('hostile'));
    expect(floor.refusal).toEqual({ code: 'UNPLACEABLE', strict: false });
    expect(placement).toMatchObject({ outcome: 'reject', chosen: null, waits: null });
    expect(placement?.walls).toHaveLength(1);
    expect(causes({ position: 0, floor, placement }, 'hyperv')).toEqual({
      'no-hyper-v': 1,
      'too-small': 1,
    });
  });

  it('says nothing of hosts where the rules refuse it whatever hosts there are', () => {
    const world = worldOf({});
    const { floor, placement } = explain(world, world.registerTenant('hostile'), {
      isolation: 'process',
      strict: true,
    });
    expect(floor.refusal).toEqual({ code: 'ISOLATION_REFUSED', strict: true });
    expect(placement).toBeNull();
  });
});

describe('what became of every host', () => {
  it('is what the placement itself says of the whole fleet, whatever fleet and question', () => {
    const hosts = fc.array(randomHost(12), { minLength: 1, maxLength: 24 });
    const property = fc.property(hosts, randomWanted, (changes, wanted) => {
      const fleet = emptyFleet();
      for (const one of changes) putHost(fleet, one);
      const hosts = [...fleet.hosts.values()];
      const { able, turnedDown } = withoutPause(explainHosts(hosts, wanted));
      const told = turnedDown.reduce((sum, { count }) => sum + count, able.count);
      expect(told).toBe(fleet.hosts.size);
      const { best } = candidatesFor(fleet.index, wanted);
      const [first] = able.hosts;
      expect(best === null).toBe(first === undefined);
      if (best === null || first === undefined) return;
      const shortlist = able.hosts
        .filter(({ kernelFirst }) => kernelFirst === first.kernelFirst)
        .slice(0, SHORTLIST_MAX)
        .map(({ hostId, points }) => ({
          hostId,
          total: points.reduce((sum, { points: some }) => sum + some, 0),
        }));
      const most = Math.max(...shortlist.map(({ total }) => total));
      expect(shortlist.find(({ total }) => total === most)?.hostId).toBe(best.hostId);
    });
    void fc.assert(property, { numRuns: 300, seed: 20_261_121 });
  });

  it('names the first hosts of a cause and counts the others', () => {
    const fleet = worldOf(...Array.from({ length: HOSTS_NAMED_MAX + 5 }, () => ({}))).fleet;
    const wanted = { cpuMillis: 1, memoryMiB: 999_999 };
    const asked = explainHosts([...fleet.hosts.values()], {
      image: image(),
      isolation: 'process',
      needed: wanted,
      compatibilityVersion: 1,
      boundary: 'group:red',
      batchTasks: null,
      hostSelector: {},
      apartFrom: null,
    });
    const { turnedDown, able } = withoutPause(asked);
    expect(able.count).toBe(0);
    expect(turnedDown).toMatchObject([{ cause: 'too-small', count: HOSTS_NAMED_MAX + 5 }]);
    expect(turnedDown[0]?.hosts).toHaveLength(HOSTS_NAMED_MAX);
  });
});
