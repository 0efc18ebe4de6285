import {
  type Candidates,
  compatibilityTable,
  type DeferralCause,
  type FleetHost,
  type HostId,
  hasRoomEver,
  kernelComesFirst,
  nearestObstacle,
  obstacleOf,
  ownerOf,
  Shortlist,
  shapeOf,
  shareOf,
  standingOf,
  supports,
  type Wanted,
} from '@bulkhead/domain';

type Hosts = ReadonlyMap<HostId, FleetHost>;

/**
 * The rules of placement held against every host, one after the other, without any index: what the index
 * must answer, and what it is compared with.
 */
export function scanForCandidates(hosts: Hosts, wanted: Wanted): Candidates {
  const first = new Shortlist();
  const later = new Shortlist();
  const { isolation, needed } = wanted;
  let room = false;
  for (const host of hosts.values()) {
    const { spec } = host.state;
    if (spec === null) continue;
    // What costs least to ask comes first; the order does not change the answer.
    const freeCpuMillis = spec.cpuMillis - host.usedCpuMillis;
    const freeMemoryMiB = spec.memoryMiB - host.usedMemoryMiB;
    if (freeMemoryMiB < needed.memoryMiB || freeCpuMillis < needed.cpuMillis) continue;
    const standing = standingOf(host);
    const ours = ownerOf(host, standing) === wanted.boundary;
    if (obstacleOf(standing, isolation, ours) !== null || !runsOn(host, wanted)) continue;
    room = true;
    const freeShare = shareOf(spec, freeCpuMillis, freeMemoryMiB);
    const { hostId } = host;
    const seat = { host, hostId, freeShare, freeCpuMillis, freeMemoryMiB };
    const shortlist = kernelComesFirst(standing, isolation) ? first : later;
    shortlist.offer(seat, shareOf(spec, needed.cpuMillis, needed.memoryMiB));
  }
  if (!room) return turnedDown(hosts, wanted);
  const best = (first.best(wanted) ?? later.best(wanted))?.host ?? null;
  return { best, supported: true, suitable: true, obstacle: nearestObstacle([]) };
}

function runsOn({ state }: FleetHost, { image, isolation, needed, ...wanted }: Wanted): boolean {
  const shape = shapeOf(state);
  if (shape === null) return false;
  const compatibility = compatibilityTable(wanted.compatibilityVersion);
  return supports(shape, image, isolation, compatibility) && hasRoomEver(shape, needed);
}

function turnedDown(hosts: Hosts, wanted: Wanted): Candidates {
  const causes: DeferralCause[] = [];
  for (const host of hosts.values()) {
    const cause = causeOn(host, wanted);
    if (cause !== null) causes.push(cause);
  }
  return {
    best: null,
    supported: causes.some((cause) => cause !== 'isolation-unavailable'),
    suitable: causes.some((cause) => cause === 'memory' || cause === 'cpu'),
    obstacle: nearestObstacle(causes),
  };
}

function causeOn(host: FleetHost, wanted: Wanted): DeferralCause | null {
  const { spec } = host.state;
  if (spec === null || shapeOf(host.state) === null) return null;
  if (!runsOn(host, wanted)) return 'isolation-unavailable';
  const standing = standingOf(host);
  const ours = ownerOf(host, standing) === wanted.boundary;
  const lacksMemory = spec.memoryMiB - host.usedMemoryMiB < wanted.needed.memoryMiB;
  return obstacleOf(standing, wanted.isolation, ours) ?? (lacksMemory ? 'memory' : 'cpu');
}
