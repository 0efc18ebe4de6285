import {
  type HostId,
  type HostSpec,
  hostDecider,
  hostOf,
  type ImageFacts,
  type ImageId,
  imageDecider,
  imageFacts,
  type KernelInstanceId,
  kernelDecider,
  placerDecider,
  policyDecider,
  prefixedId,
  type TenantId,
  tenantDecider,
} from '@bulkhead/domain';
import { HostHistory, SimulatedHost } from '@bulkhead/hypervisor/simulated';
import type { PlannedHosts, Scenario } from '../scenario.js';
import type { FleetState } from './fleet-state.js';

/** Nobody takes a host over in a simulation, so one lease lasts for all of it. */
export const LEASE_MS = 100 * 365 * 24 * 60 * 60 * 1_000;
/** And so there is one token. */
export const TOKEN = 1;

/** A fleet that is ready for its first submission. */
export interface ReadyFleet {
  readonly tenants: readonly TenantId[];
  /** What a decision knows of an image, by reference. */
  readonly imageOf: (reference: string) => ImageFacts;
}

/** Policy, images, tenants and hosts are in the log and the hosts have booted, as after an installation. */
export function bringUp(state: FleetState, scenario: Scenario): ReadyFleet {
  const { nowMs } = state;
  const ids = scenario.tenants.map(() => prefixedId('ten', state.newUuid()) as TenantId);
  const policy = scenario.policyFor(ids);
  const published = { kind: 'publish-policy', version: 1, policy, nowMs } as const;
  state.record(policyDecider, { stream: 'policy', owner: null }, published);
  const office = { kind: 'take-over', owner: 'simulation', nowMs } as const;
  state.record(placerDecider, { stream: 'placer', owner: null }, office);
  scenario.tenants.forEach(({ name, trust, boundaryGroup }, at) => {
    const tenantId = ids[at] as TenantId;
    const of = { stream: tenantId, owner: tenantId };
    const known = { tenantId, name, trust, boundaryGroup };
    state.record(tenantDecider, of, { kind: 'register-tenant', ...known, nowMs });
  });
  const imageOf = registerImages(state, scenario);
  for (let number = 1; number <= scenario.hosts.count; number++) {
    bringUpHost(state, hostSpec(state, scenario.hosts, scenario.seed, number));
  }
  return { tenants: ids, imageOf };
}

function registerImages(state: FleetState, { images }: Scenario) {
  const facts = new Map<string, ImageFacts>();
  for (const image of images) {
    const imageId = prefixedId('img', state.newUuid()) as ImageId;
    const registered = { ...image, imageId };
    const command = { kind: 'register-image', image: registered, nowMs: state.nowMs } as const;
    state.record(imageDecider, { stream: imageId, owner: null }, command);
    const known = { registered, revoked: false };
    facts.set(image.reference, imageFacts(imageId, image.reference, known));
  }
  return (reference: string): ImageFacts => {
    const known = facts.get(reference);
    if (known !== undefined) return known;
    const imageId = prefixedId('img', state.newUuid()) as ImageId;
    const unknown = imageFacts(imageId, reference, imageDecider.initialState);
    facts.set(reference, unknown);
    return unknown;
  };
}

function hostSpec(state: FleetState, hosts: PlannedHosts, seed: number, number: number): HostSpec {
  const { cpuMillis, memoryMiB, osVersions } = hosts;
  const osVersion = osVersions[(number - 1) % osVersions.length];
  if (osVersion === undefined) throw new RangeError('hosts need a version of Windows');
  return {
    hostId: prefixedId('host', state.newUuid()) as HostId,
    name: `host-${number}`,
    driver: 'simulated-host',
    os: 'windows',
    osVersion,
    architecture: 'amd64',
    cpuMillis,
    memoryMiB,
    hypervPresent: true,
    labels: {},
    simulation: { timeScale: 1, seed: seed + number },
  };
}

function bringUpHost(state: FleetState, spec: HostSpec): void {
  const { hostId, osVersion } = spec;
  const { nowMs, time } = state;
  const of = { stream: hostId, owner: null } as const;
  const cause = state.record(hostDecider, of, { kind: 'register-host', spec, nowMs });
  const around = {
    clock: time.clock,
    timers: time,
    uuid: state.newUuid,
    journal: { append: () => {} },
    history: new HostHistory(),
    timeScale: 1,
  };
  const host = new SimulatedHost(spec, around, { token: TOKEN, cause });
  state.hosts.set(hostId, host);
  const { bootId } = host.fingerprint();
  const kernelInstanceId = prefixedId('ki', state.newUuid()) as KernelInstanceId;
  const booted = { kind: 'report-boot', bootId, kernelInstanceId, osVersion, nowMs } as const;
  state.record(hostDecider, { state: hostOf(state.fleet, hostId).state, ...of }, booted);
  const kernel = {
    kernelInstanceId,
    kind: 'host' as const,
    hostId,
    computeSystemId: null,
    kernelVersion: osVersion,
    hostVersion: osVersion,
  };
  const ofKernel = { stream: kernelInstanceId, owner: null } as const;
  state.record(kernelDecider, ofKernel, { kind: 'start-kernel', kernel, nowMs });
  host.renewLease(bootId, { token: TOKEN, cause }, LEASE_MS);
}
