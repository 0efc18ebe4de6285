import {
  candidatesFor,
  type Fleet,
  hostOf,
  type ImageId,
  putHost,
  reserve,
  type TrustBoundary,
} from '@bulkhead/domain';
import { idOf, image, policy } from '../../test/domain/builders.js';
import { fleetOfOne } from '../placement/fleet.js';
import type { Capacity, Item } from './first-fit-decreasing.js';

/** Images, so that the preference for hosts that have one pulls against packing. */
const IMAGES = 40;
const images = Array.from({ length: IMAGES }, (_, at) =>
  image({ imageId: idOf('img', at + 1) as ImageId }),
);

/**
 * How many hosts of a large fleet are used when each is placed as it comes, with all constraints and
 * preferences, and nobody knows who comes next.
 * @throws Error where the fleet has no room for one
 */
export function hostsUsedOnline(items: readonly Item[], of: Capacity): number {
  const fleet = fleetOfOne(items.length, of);
  items.forEach((item, at) => {
    place(fleet, item, images[at % IMAGES] ?? image());
  });
  return [...fleet.hosts.values()].filter(({ usedCpuMillis }) => usedCpuMillis > 0).length;
}

function place(fleet: Fleet, { cpuMillis, memoryMiB, silosOf }: Item, of: (typeof images)[number]) {
  const isolation = silosOf === null ? 'hyperv' : 'process';
  const boundary = silosOf as unknown as TrustBoundary;
  const reserved = { cpuMillis, memoryMiB };
  const { best, obstacle } = candidatesFor(fleet.index, {
    image: of,
    isolation,
    needed: reserved,
    compatibilityVersion: policy.compatibilityVersion,
    boundary,
    batchTasks: null,
    hostSelector: {},
    apartFrom: null,
  });
  if (best === null) throw new Error(`there is no room: ${obstacle.detail}`);
  const { hostId, kernel, images: pulled } = best;
  reserve(fleet, { hostId, reserved, isolation, batchId: null, tenantId: null }, 1);
  const host = { ...hostOf(fleet, hostId), images: new Set([...pulled, of.imageId]) };
  const claims = isolation === 'process' && kernel !== null;
  putHost(fleet, claims ? { ...host, kernel: { ...kernel, trustBoundary: boundary } } : host);
}
