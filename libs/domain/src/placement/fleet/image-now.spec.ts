import { describe, expect, it } from 'vitest';
import { hostSpec, image } from '../../../../../test/domain/builders.js';
import { World } from '../../../../../test/domain/world.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import { seededCatalogue } from '../../image/catalogue.js';
import { imageDecider } from '../../image/decide.js';

const { imageId } = image();
const other = image({ imageId: 'img_00000000000000000000000000000009', reference: 'other:1' });

function worldWithImage(): { world: World; tenantId: TenantId } {
  const world = new World();
  const [facts] = seededCatalogue;
  if (facts === undefined) throw new Error('the catalogue is empty');
  const registered = { ...facts, imageId };
  const { nowMs } = world;
  world.run(imageDecider, imageId, null, { kind: 'register-image', image: registered, nowMs });
  return { world, tenantId: world.registerTenant('standard') };
}

function revoke(world: World): void {
  const command = { kind: 'revoke-image', reason: 'malware', nowMs: world.nowMs } as const;
  world.run(imageDecider, imageId, null, command);
}

const endOf = (world: World, workloadId: WorkloadId) =>
  world.log.events.filter(({ stream }) => stream === workloadId).at(-1)?.event;

const refused = {
  type: 'WorkloadRejected',
  payload: { code: 'UNPLACEABLE', reasons: [{ rule: 'image-unrunnable', effect: 'refuse' }] },
};

describe('a workload whose image is revoked', () => {
  it('is refused while it waits, and others of its tenant go on', () => {
    const { world, tenantId } = worldWithImage();
    const waiting = [world.submit(tenantId), world.submit(tenantId)];
    const stays = world.submit(tenantId, {}, other);
    revoke(world);
    world.registerHost(hostSpec(1));
    world.place();
    for (const workloadId of waiting) expect(endOf(world, workloadId)).toMatchObject(refused);
    expect(world.attemptOf(stays)).not.toBeNull();
  });

  it('is refused at once where no host has room, and not when one has', () => {
    const { world, tenantId } = worldWithImage();
    world.registerHost(hostSpec(1, { memoryMiB: 1_024 }));
    const [first, second] = [world.submit(tenantId), world.submit(tenantId)];
    // The first round claims the kernel, the second one finds no room on it.
    world.place();
    world.place();
    expect(endOf(world, second)).toMatchObject({ type: 'PlacementDeferred' });
    revoke(world);
    world.place();
    expect(endOf(world, second)).toMatchObject(refused);
    expect(world.attemptOf(first)).not.toBeNull();
  });

  it('goes on where it runs, and is refused when it would be placed once more', () => {
    const { world, tenantId } = worldWithImage();
    world.registerHost(hostSpec(1));
    const restartPolicy = { maxAttempts: 3, backoffSeconds: 0 };
    const workloadId = world.submit(tenantId, { restartPolicy });
    world.place();
    revoke(world);
    world.start(workloadId);
    world.started(workloadId);
    expect(world.fleet.workloads.get(workloadId)?.state.status).toBe('running');
    world.exit(workloadId, 1);
    world.release(workloadId);
    world.place();
    expect(endOf(world, workloadId)).toMatchObject(refused);
  });
});
