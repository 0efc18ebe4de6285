import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, image, linuxImage } from '../../../../test/domain/builders.js';
import {
  allowTemplates,
  registerImage,
  savedTemplateFor,
} from '../../../../test/domain/templates.js';
import { World } from '../../../../test/domain/world.js';
import type { HostSpec } from '../host/events.js';
import type { BatchId, HostId, TenantId, WorkloadId } from '../ids.js';
import { templateDecider } from '../vm-template/decide.js';
import { hostOf, putHost } from './fleet/fleet.js';
import { IMAGES_KNOWN_PER_HOST_MAX } from './fleet/fleet-host.js';
import { UTILITY_VMS_PER_HOST_MAX } from './host-index/standing.js';
import { pointsOf, preferences } from './preferences.js';
import { hostShapes } from './propose.js';

const host = (number: number) => hostSpec(number).hostId;

function worldOf(...hosts: Partial<HostSpec>[]): World {
  const world = new World();
  for (const [at, changes] of hosts.entries()) world.registerHost(hostSpec(at + 1, changes));
  return world;
}

/** Placed, started and ended on its host; the image was pulled there on the way. */
function runOnce(world: World, workloadId: WorkloadId): void {
  world.place();
  const attempt = world.attemptOf(workloadId);
  if (attempt === null) throw new Error(`${workloadId} was not placed`);
  world.start(workloadId);
  const { computeSystemId } = attempt;
  const at = { startedAtMs: world.nowMs, finishedAtMs: world.nowMs };
  const timings = [{ stage: 'image-pull', path: null, ...at } as const];
  world.ask(workloadId, { kind: 'report-started', computeSystemId, timings });
  world.exit(workloadId);
  world.release(workloadId);
}

const hostsOf = (world: World, workloads: readonly WorkloadId[]): (HostId | undefined)[] =>
  workloads.map((workloadId) => world.attemptOf(workloadId)?.hostId);

describe('the kernel', () => {
  it('comes before all preferences: a utility VM leaves free kernels to those who need one', () => {
    const world = worldOf({ cpuMillis: 2_000 }, { cpuMillis: 16_000 });
    const owner = world.submit(world.registerTenant('standard'), {
      resources: { cpuMillis: 4_000, memoryMiB: 64 },
    });
    world.place();
    const hostile = world.submit(world.registerTenant('hostile'));
    world.place();
    expect(hostsOf(world, [owner, hostile])).toEqual([host(2), host(2)]);
  });

  it('is no reason to wait: where only hosts with free kernels have room, a utility VM goes there', () => {
    const world = worldOf({ cpuMillis: 1_000 }, {});
    world.submit(world.registerTenant('standard'));
    world.place();
    const hostile = world.submit(world.registerTenant('hostile'));
    world.place();
    expect(hostsOf(world, [hostile])).toEqual([host(2)]);
  });

  it('of others has room that only a utility VM can use: it goes where most of that lies idle', () => {
    const world = worldOf({}, {}, { cpuMillis: 64_000, memoryMiB: 65_536 });
    const silo = (cpuMillis: number) => {
      const resources = { cpuMillis, memoryMiB: 1_024 };
      return world.submit(world.registerTenant('standard'), { resources });
    };
    const silos = [silo(6_000)];
    world.place();
    silos.push(silo(4_000));
    world.place();
    const hostile = world.submit(world.registerTenant('hostile'));
    world.place();
    expect(hostsOf(world, [...silos, hostile])).toEqual([host(1), host(2), host(2)]);
  });
});

describe('a preference', () => {
  it('is a host that has pulled the image before, where the packing is about the same', () => {
    const world = worldOf({}, {});
    world.onHost(host(1), 'cordon');
    const tenantId = world.registerTenant('hostile');
    runOnce(world, world.submit(tenantId, {}, linuxImage));
    world.onHost(host(1), 'uncordon');
    const same = world.submit(tenantId, {}, linuxImage);
    const other = world.submit(tenantId, {}, image());
    world.place();
    expect(hostsOf(world, [same])).toEqual([host(2)]);
    expect(hostsOf(world, [other])).toEqual([host(2)]);
    expect(world.fleet.hosts.get(host(2))?.images).toEqual(new Set([linuxImage.imageId]));
  });

  it('for the image is not worth a much larger host that would be left almost empty', () => {
    const world = worldOf({ cpuMillis: 2_000, memoryMiB: 2_048 }, {});
    world.onHost(host(1), 'cordon');
    const tenantId = world.registerTenant('hostile');
    runOnce(world, world.submit(tenantId));
    world.onHost(host(1), 'uncordon');
    const again = world.submit(tenantId);
    world.place();
    expect(hostsOf(world, [again])).toEqual([host(1)]);
  });

  it('is a host that can start it as a clone, for whom it may, and only while it can', () => {
    const world = worldOf({}, {});
    registerImage(world, image());
    allowTemplates(world);
    world.onHost(host(1), 'cordon');
    const [owner, other] = [world.registerTenant('hostile'), world.registerTenant('hostile')];
    const templateId = savedTemplateFor(world, owner);
    world.onHost(host(1), 'uncordon');
    const chosenFor = (tenantId: TenantId) => {
      const workloadId = world.submit(tenantId, { isolation: 'hyperv' });
      world.place();
      const [chosen] = hostsOf(world, [workloadId]);
      world.cancel(workloadId);
      world.release(workloadId);
      return chosen;
    };
    expect([chosenFor(owner), chosenFor(other)]).toEqual([host(2), host(1)]);
    const givenUp = { kind: 'retire-template', cause: 'given-up', detail: 'test' } as const;
    world.run(templateDecider, templateId, null, { ...givenUp, nowMs: world.nowMs });
    expect(chosenFor(owner)).toBe(host(1));
  });

  it('is another host for each task of a batch, where nothing else tells hosts apart', () => {
    const vast = { cpuMillis: 1_000_000, memoryMiB: 1_000_000 };
    const world = worldOf(vast, vast, vast);
    const tenantId = world.registerTenant('hostile');
    const batchId = idOf('bat', 1) as BatchId;
    const tasks = [0, 1, 2].map((index) => world.submit(tenantId, {}, image(), { batchId, index }));
    const single = world.submit(tenantId);
    world.place();
    expect(hostsOf(world, tasks)).toEqual([host(1), host(2), host(3)]);
    expect(hostsOf(world, [single])).toEqual([host(1)]);
    for (const task of tasks) world.cancel(task);
    for (const task of tasks) world.release(task);
    expect(world.fleet.batchTasks.size).toBe(0);
  });

  it('says how much it gave a host, so that an operator sees why it was chosen', () => {
    const world = worldOf({});
    const told = {
      ...{ misfit: 0.25, imageId: image().imageId, batchTasks: new Map([[host(1), 1]]) },
      templateHosts: [new Set([host(1)])],
    };
    expect(pointsOf({ ...told, host: hostOf(world.fleet, host(1)) })).toEqual([
      { id: 'packing', points: 75 },
      { id: 'clone-ready', points: 20 },
      { id: 'image-present', points: 0 },
      { id: 'batch-spread', points: 1 },
    ]);
    const weights = preferences.map(({ weight }) => weight);
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
  });
});

describe('what a host is known to hold', () => {
  it('ends with the newest images, so that the list is never longer than its bound', () => {
    const world = worldOf({ cpuMillis: 64_000 });
    const tenantId = world.registerTenant('hostile');
    for (let number = 1; number <= IMAGES_KNOWN_PER_HOST_MAX + 2; number += 1) {
      const facts = image({ imageId: idOf('img', number), reference: `image:${number}` });
      runOnce(world, world.submit(tenantId, {}, facts));
    }
    const images = [...(world.fleet.hosts.get(host(1))?.images ?? [])];
    expect(images).toHaveLength(IMAGES_KNOWN_PER_HOST_MAX);
    expect(images[0]).toBe(idOf('img', 3));
  });

  it('is at most so many utility VMs, whatever room it has; the next one waits and is told', () => {
    const world = worldOf({});
    const known = hostOf(world.fleet, host(1));
    putHost(world.fleet, { ...known, utilityVms: UTILITY_VMS_PER_HOST_MAX - 1 });
    const tenantId = world.registerTenant('hostile');
    const [first, second] = [world.submit(tenantId), world.submit(tenantId)];
    const silo = world.submit(world.registerTenant('standard'));
    world.place();
    world.place();
    expect(hostsOf(world, [first, second, silo])).toEqual([host(1), undefined, host(1)]);
    const { deferrals } = world.fleet.workloads.get(second)?.state ?? {};
    expect(deferrals).toEqual(['host-unavailable']);
    world.cancel(first);
    world.release(first);
    world.place();
    expect(hostsOf(world, [second])).toEqual([host(1)]);
  });
});

describe('the shapes of a fleet', () => {
  it('are told once each, and follow the hosts that there are', () => {
    const world = worldOf({}, {}, { cpuMillis: 1_000 });
    expect(hostShapes(world.fleet).map(({ cpuMillis }) => cpuMillis)).toEqual([8_000, 1_000]);
    world.registerHost(hostSpec(4, { cpuMillis: 2_000 }));
    expect(hostShapes(world.fleet)).toHaveLength(3);
  });
});
