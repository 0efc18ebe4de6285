import { asksForLabels, isSelected, type Labels, labelsText } from '../host/labels.js';
import type { HostState } from '../host/state.js';
import type { Architecture, OsVersion } from '../image/events.js';
import {
  type CompatibilityTable,
  canRunInSilo,
  canRunInUtilityVm,
} from '../isolation/compatibility.js';
import type { ImageFacts, Isolation } from '../isolation/decision.js';
import type { Policy } from '../policy/events.js';
import type { Resources } from '../workload/request.js';

/** A host as far as it decides whether it could ever run something: empty, and up. */
export interface HostShape {
  readonly osVersion: OsVersion;
  readonly architecture: Architecture;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly hypervPresent: boolean;
  readonly labels: Labels;
}

/** A registered host as it is now: with the version that it booted, once it has. A retired one has none. */
export function shapeOf({ spec, boot, condition }: HostState): HostShape | null {
  if (condition === 'retired') return null;
  return spec === null || boot === null ? spec : { ...spec, osVersion: boot.osVersion };
}

export interface Demand {
  readonly image: ImageFacts;
  readonly resources: Resources;
  readonly allowed: readonly Isolation[];
  readonly hostSelector: Labels;
}

/** What a host gives up for a workload: what it asked for, and a utility VM's reserve on top. */
export function reservation(resources: Resources, isolation: Isolation, policy: Policy): Resources {
  if (isolation === 'process') return resources;
  const { cpuMillis, memoryMiB } = policy.utilityVmReserve;
  return {
    cpuMillis: resources.cpuMillis + cpuMillis,
    memoryMiB: resources.memoryMiB + memoryMiB,
  };
}

/** Whether the host's software could run the image in that isolation, its capacity apart. */
export function supports(
  host: HostShape,
  image: ImageFacts,
  isolation: Isolation,
  compatibility: CompatibilityTable,
): boolean {
  if (host.architecture !== image.architecture) return false;
  return isolation === 'process'
    ? canRunInSilo(host.osVersion, image, compatibility)
    : host.hypervPresent && canRunInUtilityVm(host.osVersion, image);
}

/** Whether the host, empty, would have the room. */
export function hasRoomEver(host: HostShape, needed: Resources): boolean {
  return needed.cpuMillis <= host.cpuMillis && needed.memoryMiB <= host.memoryMiB;
}

/**
 * Why no host could ever run this, or null where one could. An empty fleet gives null: it waits for
 * its first host instead of refusing everything.
 */
export function unrunnableBecause(
  hosts: readonly HostShape[],
  demand: Demand,
  policy: Policy,
  compatibility: CompatibilityTable,
): string | null {
  if (hosts.length === 0) return null;
  let supported = false;
  for (const isolation of demand.allowed) {
    const needed = reservation(demand.resources, isolation, policy);
    for (const host of hosts) {
      if (!isSelected(host.labels, demand.hostSelector)) continue;
      if (!supports(host, demand.image, isolation, compatibility)) continue;
      supported = true;
      if (hasRoomEver(host, needed)) return null;
    }
  }
  const isolations = demand.allowed.join(' or ');
  const { cpuMillis, memoryMiB } = demand.resources;
  const { hostSelector } = demand;
  const host = asksForLabels(hostSelector) ? `no host with ${labelsText(hostSelector)}` : 'no host';
  return supported
    ? `${host} has ${cpuMillis} cpuMillis and ${memoryMiB} MiB with isolation ${isolations}, a utility VM's reserve included`
    : `${host} can run image ${demand.image.reference} with isolation ${isolations}`;
}

/** The isolations in which a workload may run, given what was decided and whether it may be raised. */
export function allowedIsolations(floor: Isolation, strictProcess: boolean): readonly Isolation[] {
  if (floor === 'hyperv') return ['hyperv'];
  return strictProcess ? ['process'] : ['process', 'hyperv'];
}
