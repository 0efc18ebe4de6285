import {
  type FleetHost,
  type HostCondition,
  type HostId,
  type ImageFacts,
  type KernelInstanceId,
  type TrustBoundary,
  UTILITY_VMS_PER_HOST_MAX,
  unregisteredHost,
  type Wanted,
} from '@bulkhead/domain';
import * as fc from 'fast-check';
import { hostSpec, idOf, image, linuxImage, NOW_MS, windows } from './builders.js';

const boundaries = ['red', 'blue', 'green'] as unknown as readonly TrustBoundary[];
export const someImages: readonly ImageFacts[] = [
  image(),
  linuxImage,
  image({ imageId: idOf('img', 4), osVersion: windows(17763) }),
];
const builds = [windows(20348), windows(26100), windows(17763)];
/** Few and small numbers, so that ties come often. */
const capacities = [4, 6].map((size) => ({ cpuMillis: size * 1_000, memoryMiB: size * 1_024 }));

const conditions: readonly HostCondition[] = [
  'up',
  'up',
  'up',
  'up',
  'lost',
  'registered',
  'retired',
];

/** A host as it may be, one of `count`: every shape, standing and room that the rules tell apart. */
export function randomHost(count: number): fc.Arbitrary<FleetHost> {
  return fc
    .record({
      number: fc.integer({ min: 1, max: count }),
      osVersion: fc.constantFrom(...builds),
      capacity: fc.constantFrom(...capacities),
      hypervPresent: fc.boolean(),
      condition: fc.constantFrom(...conditions),
      cordoned: fc.nat(9).map((drawn) => drawn === 0),
      trustBoundary: fc.constantFrom(null, ...boundaries),
      claimPending: fc.nat(9).map((drawn) => drawn === 0),
      evicting: fc.nat(9).map((drawn) => Math.max(0, drawn - 8)),
      used: fc.record({ cpuMillis: fc.nat(8), memoryMiB: fc.nat(8) }),
      utilityVms: fc.nat(3),
      full: fc.nat(9).map((drawn) => drawn === 0),
      images: fc.subarray(someImages.map(({ imageId }) => imageId)),
      labels: fc.constantFrom({}, {}, { zone: 'a' }, { zone: 'b', disk: 'ssd' }),
    })
    .map(({ number, osVersion, capacity, hypervPresent, ...of }) => {
      const spec = hostSpec(number, {
        ...capacity,
        osVersion,
        hypervPresent,
        labels: of.labels,
      });
      const kernelInstanceId = idOf('ki', number) as KernelInstanceId;
      const { condition, cordoned, trustBoundary } = of;
      const boot = { bootId: 'one', kernelInstanceId, osVersion, bootedAtMs: NOW_MS };
      const up = condition !== 'registered';
      const claimPending = of.claimPending && trustBoundary !== null;
      return {
        hostId: spec.hostId,
        version: 1,
        state: { ...unregisteredHost, spec, condition, cordoned, boot: up ? boot : null },
        kernel: up ? { kernelInstanceId, version: 1, trustBoundary, claimPending } : null,
        usedCpuMillis: Math.min(of.used.cpuMillis * 500, capacity.cpuMillis),
        usedMemoryMiB: Math.min(of.used.memoryMiB * 512, capacity.memoryMiB),
        evicting: of.evicting,
        utilityVms: of.full ? UTILITY_VMS_PER_HOST_MAX : of.utilityVms,
        images: new Set(of.images),
      };
    });
}

/**
 * So many hosts of two shapes and few standings, each with a room of its own, so that many stand on one shelf;
 * those of the first half come and go. With a larger `step` many have the very same room; with a smaller
 * `share` of what hosts have, all have about the same.
 */
export function randomAlike(count: number, step = 1, share = 1): fc.Arbitrary<FleetHost[]> {
  const used = (most = 0) => fc.nat(Math.floor((most * share) / step)).map((steps) => steps * step);
  const drawn = fc.record({
    of: randomHost(count),
    usedCpuMillis: used(capacities[0]?.cpuMillis),
    usedMemoryMiB: used(capacities[0]?.memoryMiB),
    cordoned: fc.boolean(),
    owned: fc.boolean(),
  });
  const changes = fc.array(drawn, { minLength: count, maxLength: count * 1.25, size: 'max' });
  return changes.map((all) =>
    all.map(({ of, cordoned, owned, ...room }, at) => {
      const number = (at % count) + 1;
      const osVersion = windows(number % 2 === 0 ? 20348 : 26100);
      const spec = hostSpec(number, { ...capacities[0], osVersion });
      const kernelInstanceId = idOf('ki', number) as KernelInstanceId;
      const boot = { bootId: 'one', kernelInstanceId, osVersion, bootedAtMs: NOW_MS };
      const trustBoundary = owned ? (boundaries[0] as TrustBoundary) : null;
      const leaves = number * 2 < count && cordoned;
      return {
        ...of,
        ...room,
        hostId: spec.hostId,
        state: { ...unregisteredHost, spec, condition: 'up' as const, boot, cordoned: leaves },
        kernel: { kernelInstanceId, version: 1, trustBoundary, claimPending: false },
        evicting: 0,
        utilityVms: 0,
      };
    }),
  );
}

const broken20348 = ({ build }: { readonly build: number }) => build === 20348;

export const randomWanted: fc.Arbitrary<Wanted> = fc
  .record({
    image: fc.constantFrom(...someImages),
    isolation: fc.constantFrom('process', 'hyperv'),
    needed: fc.record({
      cpuMillis: fc.integer({ min: 1, max: 14 }).map((half) => half * 500),
      memoryMiB: fc.integer({ min: 1, max: 14 }).map((half) => half * 512),
    }),
    compatibilityVersion: fc.constant(1),
    boundary: fc.constantFrom(...boundaries),
    batchTasks: fc.option(
      fc
        .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 })))
        .map((counts) => new Map(counts.map(([at, n]) => [hostSpec(at).hostId as HostId, n]))),
    ),
    templateHosts: fc.array(
      fc
        .array(fc.integer({ min: 1, max: 40 }))
        .map((numbers) => new Set(numbers.map((at) => hostSpec(at).hostId))),
      { maxLength: 2 },
    ),
    hostSelector: fc.constantFrom(
      {},
      {},
      {},
      { zone: 'a' },
      { zone: 'b', disk: 'ssd' },
      { zone: 'c' },
    ),
    brokenKernels: fc.constantFrom(null, null, broken20348),
    apart: fc.boolean(),
  })
  .map(({ apart, ...wanted }) => ({ ...wanted, apartFrom: apart ? wanted.batchTasks : null }));

/** Asks for room as finely as `randomAlike` has it. */
export const randomFineWanted: fc.Arbitrary<Wanted> = fc
  .record({
    wanted: randomWanted,
    cpuMillis: fc.integer({ min: 1, max: 4_000 }),
    memoryMiB: fc.integer({ min: 1, max: 4_096 }),
  })
  .map(({ wanted, ...needed }) => ({ ...wanted, needed }));
