import {
  emptyFleet,
  type Fleet,
  type HostId,
  type HostSpec,
  hostOf,
  type KernelInstanceId,
  policyVersion1,
  putHost,
  type Resources,
  unregisteredHost,
} from '@bulkhead/domain';
import { hostSpec, NOW_MS, windows } from '../../test/domain/builders.js';
import { SELECTOR } from './workloads.js';

/** Two builds, two sizes, one host in eight without Hyper-V. */
const BUILDS = [windows(20348), windows(26100)];
const SIZES = [
  { cpuMillis: 16_000, memoryMiB: 65_536 },
  { cpuMillis: 32_000, memoryMiB: 131_072 },
];

export function fleetOf(count: number): Fleet {
  const fleet = emptyFleet();
  fleet.policy = { state: { version: 1, policy: policyVersion1 }, version: 1 };
  for (let number = 1; number <= count; number += 1) boot(fleet, number);
  return fleet;
}

/** Hosts that are all alike. */
export function fleetOfOne(count: number, size: Resources): Fleet {
  const fleet = emptyFleet();
  for (let number = 1; number <= count; number += 1) {
    start(fleet, hostSpec(number, { ...size, osVersion: windows(20348), hypervPresent: true }));
  }
  return fleet;
}

function boot(fleet: Fleet, number: number): void {
  const osVersion = BUILDS[number % BUILDS.length] ?? windows(20348);
  const labels = number % 4 === 3 ? SELECTOR : {};
  const size = SIZES[(number >> 1) % SIZES.length];
  const spec = hostSpec(number, { ...size, osVersion, hypervPresent: number % 8 !== 0, labels });
  start(fleet, spec);
}

function start(fleet: Fleet, spec: HostSpec): void {
  const { osVersion } = spec;
  const kernelInstanceId = spec.hostId.replace('host', 'ki') as KernelInstanceId;
  const bootInfo = { bootId: 'one', kernelInstanceId, osVersion, bootedAtMs: NOW_MS };
  putHost(fleet, {
    ...hostOf(fleet, spec.hostId),
    version: 2,
    state: { ...unregisteredHost, spec, condition: 'up', boot: bootInfo },
    kernel: { kernelInstanceId, version: 1, trustBoundary: null, claimPending: false },
  });
}

/** What a cordon and its end change. */
export function setCordon(fleet: Fleet, hostId: HostId, cordoned: boolean): void {
  const host = hostOf(fleet, hostId);
  putHost(fleet, { ...host, version: host.version + 1, state: { ...host.state, cordoned } });
}

/** A boot: the kernel is a new one and free. */
export function freeKernel(fleet: Fleet, hostId: HostId): void {
  const host = hostOf(fleet, hostId);
  if (host.kernel === null) return;
  putHost(fleet, { ...host, kernel: { ...host.kernel, trustBoundary: null } });
}
