import { compatibilityTable } from '../isolation/compatibility.js';
import type { ImageFacts, Isolation } from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { DeferralCause } from '../workload/events.js';
import type { Resources } from '../workload/request.js';
import type { FleetHost } from './fleet.js';
import { hasRoomEver, shapeOf, supports } from './unrunnable.js';

export interface Wanted {
  readonly hosts: Iterable<FleetHost>;
  readonly image: ImageFacts;
  readonly isolation: Isolation;
  readonly needed: Resources;
  readonly compatibilityVersion: number;
  readonly boundary: TrustBoundary;
  /** Whether the host takes new work at all. */
  readonly open: (host: FleetHost) => boolean;
  /** Whether the owner of the host's kernel lets this boundary in. */
  readonly kernelAllows: (host: FleetHost) => boolean;
}

export interface Candidates {
  readonly best: FleetHost | null;
  /** Hosts that could run it in this isolation if they were empty, open, and their kernel theirs to use. */
  readonly supporting: number;
  /** Of those, the ones that are open and whose kernel lets it in: only room is missing. */
  readonly suitable: number;
  /** Why there is no best one: the constraint that turned down the hosts that came closest. */
  readonly obstacle: { readonly cause: DeferralCause; readonly detail: string };
}

const details: Readonly<Record<DeferralCause, string>> = {
  'no-host': 'there is no host yet',
  'isolation-unavailable': 'no host offers this isolation for this image',
  'host-unavailable':
    'every host that could run it is cordoned, draining, in quarantine, lost or not up yet',
  'kernel-busy': 'every kernel that could run it belongs to another trust boundary',
  memory: 'not enough memory is free on any host that could run it',
  'tenant-suspended': 'the tenant is suspended',
  cpu: 'not enough CPU is free on any host that could run it',
};

/** From the first constraint to the last: who fails a later one came closer. */
const nearness: readonly DeferralCause[] = [
  'no-host',
  'isolation-unavailable',
  'host-unavailable',
  'kernel-busy',
  'memory',
  'cpu',
];

/**
 * Looks at every host once. Among those with room, a kernel that the boundary owns already comes first,
 * then the host that is left with the least (best fit), then the lower id, so that equal fleets give
 * equal answers.
 */
export function candidatesFor(wanted: Wanted): Candidates {
  const compatibility = compatibilityTable(wanted.compatibilityVersion);
  let best: FleetHost | null = null;
  let supporting = 0;
  let suitable = 0;
  let nearest = 0;
  for (const host of wanted.hosts) {
    const shape = shapeOf(host.state);
    if (shape === null) continue;
    let cause: DeferralCause | null = 'isolation-unavailable';
    if (
      supports(shape, wanted.image, wanted.isolation, compatibility) &&
      hasRoomEver(shape, wanted.needed)
    ) {
      supporting += 1;
      cause = obstacleOn(host, wanted);
      if (cause === null || cause === 'cpu' || cause === 'memory') suitable += 1;
    }
    if (cause === null) {
      if (best === null || isBetter(host, best, wanted)) best = host;
    } else {
      nearest = Math.max(nearest, nearness.indexOf(cause));
    }
  }
  const cause = nearness[nearest] ?? 'no-host';
  return { best, supporting, suitable, obstacle: { cause, detail: details[cause] } };
}

function obstacleOn(host: FleetHost, wanted: Wanted): DeferralCause | null {
  if (!wanted.open(host)) return 'host-unavailable';
  if (!wanted.kernelAllows(host)) return 'kernel-busy';
  if (freeMemoryMiB(host) < wanted.needed.memoryMiB) return 'memory';
  return freeCpuMillis(host) < wanted.needed.cpuMillis ? 'cpu' : null;
}

export function freeCpuMillis(host: FleetHost): number {
  return (host.state.spec?.cpuMillis ?? 0) - host.usedCpuMillis;
}

export function freeMemoryMiB(host: FleetHost): number {
  return (host.state.spec?.memoryMiB ?? 0) - host.usedMemoryMiB;
}

function isBetter(host: FleetHost, best: FleetHost, wanted: Wanted): boolean {
  if (wanted.isolation === 'process') {
    const owned = ownedBy(host, wanted.boundary);
    if (owned !== ownedBy(best, wanted.boundary)) return owned;
  }
  const difference = leftover(host, wanted.needed) - leftover(best, wanted.needed);
  return difference === 0 ? host.hostId < best.hostId : difference < 0;
}

function ownedBy(host: FleetHost, boundary: TrustBoundary): boolean {
  return host.kernel?.trustBoundary === boundary;
}

/** What would be left free, CPU and memory alike, each as a share of what the host has. */
function leftover(host: FleetHost, needed: Resources): number {
  const spec = host.state.spec;
  if (spec === null) return Number.POSITIVE_INFINITY;
  return (
    (freeCpuMillis(host) - needed.cpuMillis) / spec.cpuMillis +
    (freeMemoryMiB(host) - needed.memoryMiB) / spec.memoryMiB
  );
}
