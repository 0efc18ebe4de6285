import {
  type Candidates,
  compatibilityTable,
  type DeferralCause,
  type FleetHost,
  fitFor,
  freeShareOf,
  type HostId,
  hasRoomEver,
  isSelected,
  kernelComesFirst,
  misfitOf,
  nearestObstacle,
  obstacleOf,
  ownerOf,
  rankOf,
  SHORTLIST_MAX,
  shapeOf,
  standingOf,
  supports,
  tasteOf,
  totalPoints,
  UTILITY_VMS_PER_HOST_MAX,
  type Wanted,
} from '@bulkhead/domain';

type Hosts = ReadonlyMap<HostId, FleetHost>;

/**
 * The rules of placement held against every host, one after the other, without any index: what the index
 * must answer, and what it is compared with.
 */
export function scanForCandidates(
  hosts: Hosts,
  wanted: Wanted,
  utilityVmsMax = UTILITY_VMS_PER_HOST_MAX,
): Candidates {
  const first: Fitting[] = [];
  const later: Fitting[] = [];
  const { isolation, needed } = wanted;
  for (const host of hosts.values()) {
    const { spec } = host.state;
    if (spec === null) continue;
    // What costs least to ask comes first; the order does not change the answer.
    const freeCpuMillis = spec.cpuMillis - host.usedCpuMillis;
    const freeMemoryMiB = spec.memoryMiB - host.usedMemoryMiB;
    if (freeMemoryMiB < needed.memoryMiB || freeCpuMillis < needed.cpuMillis) continue;
    const standing = standingOf(host, utilityVmsMax);
    const ours = ownerOf(host, standing) === wanted.boundary;
    if (obstacleOf(standing, isolation, ours) !== null || !runsOn(host, wanted)) continue;
    if (isBroken(host, wanted)) continue;
    if (wanted.apartFrom?.has(host.hostId)) continue;
    const kernelFirst = kernelComesFirst(standing, isolation);
    const cpuMillisLeft = freeCpuMillis - needed.cpuMillis;
    const memoryMiBLeft = freeMemoryMiB - needed.memoryMiB;
    const fit = fitFor(isolation, kernelFirst);
    const misfit = misfitOf(fit, spec, cpuMillisLeft, memoryMiBLeft);
    const rank = rankOf(fit, freeShareOf(spec, freeCpuMillis, freeMemoryMiB), misfit);
    const one = { host, rank, misfit };
    list(kernelFirst ? first : later, one);
  }
  if (first.length === 0 && later.length === 0) return turnedDown(hosts, wanted, utilityVmsMax);
  const best = bestOf(first.length > 0 ? first : later, wanted);
  return { best, supported: true, suitable: true, obstacle: nearestObstacle([]) };
}

interface Fitting {
  readonly host: FleetHost;
  /** Who comes first among those that the preferences choose from: less is better. */
  readonly rank: number;
  readonly misfit: number;
}

/** Keeps those that come first; of equals the lower id. */
function list(listed: Fitting[], one: Fitting): void {
  let at = listed.length;
  while (at > 0 && comesFirst(one, listed[at - 1] as Fitting)) at -= 1;
  if (at >= SHORTLIST_MAX) return;
  listed.splice(at, 0, one);
  if (listed.length > SHORTLIST_MAX) listed.pop();
}

function comesFirst(one: Fitting, other: Fitting): boolean {
  if (one.rank !== other.rank) return one.rank < other.rank;
  return one.host.hostId < other.host.hostId;
}

/** Who has the most points; the first of equals. */
function bestOf(listed: readonly Fitting[], wanted: Wanted): FleetHost | null {
  const { image, batchTasks, templateHosts = [] } = wanted;
  let best: FleetHost | null = null;
  let most = Number.NEGATIVE_INFINITY;
  for (const { host, misfit } of listed) {
    const points = totalPoints(tasteOf(host, misfit, image.imageId, batchTasks, templateHosts));
    if (points > most) [most, best] = [points, host];
  }
  return best;
}

function runsOn({ state }: FleetHost, { image, isolation, needed, ...wanted }: Wanted): boolean {
  const shape = shapeOf(state);
  if (shape === null) return false;
  const compatibility = compatibilityTable(wanted.compatibilityVersion);
  if (!isSelected(shape.labels, wanted.hostSelector)) return false;
  return supports(shape, image, isolation, compatibility) && hasRoomEver(shape, needed);
}

/** What speaks against a host however empty and open it were. */
const NEVER: ReadonlySet<DeferralCause> = new Set(['isolation-unavailable', 'open-advisory']);

function isBroken({ state }: FleetHost, { isolation, brokenKernels = null }: Wanted): boolean {
  const version = shapeOf(state)?.osVersion;
  if (isolation === 'hyperv' || brokenKernels === null || version === undefined) return false;
  return brokenKernels(version);
}

function turnedDown(hosts: Hosts, wanted: Wanted, utilityVmsMax: number): Candidates {
  const causes: DeferralCause[] = [];
  for (const host of hosts.values()) {
    const cause = causeOn(host, wanted, utilityVmsMax);
    if (cause !== null) causes.push(cause);
  }
  return {
    best: null,
    supported: causes.some((cause) => !NEVER.has(cause)),
    suitable: causes.some((cause) => cause === 'memory' || cause === 'cpu'),
    obstacle: nearestObstacle(causes),
  };
}

function causeOn(host: FleetHost, wanted: Wanted, utilityVmsMax: number): DeferralCause | null {
  const { spec } = host.state;
  if (spec === null || shapeOf(host.state) === null) return null;
  if (!runsOn(host, wanted)) return 'isolation-unavailable';
  if (isBroken(host, wanted)) return 'open-advisory';
  const standing = standingOf(host, utilityVmsMax);
  const ours = ownerOf(host, standing) === wanted.boundary;
  const lacksMemory = spec.memoryMiB - host.usedMemoryMiB < wanted.needed.memoryMiB;
  const obstacle = obstacleOf(standing, wanted.isolation, ours);
  if (obstacle !== null) return obstacle;
  if (wanted.apartFrom?.has(host.hostId)) return 'host-unavailable';
  return lacksMemory ? 'memory' : 'cpu';
}
