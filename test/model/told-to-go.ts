import type { AdvisoryPublished, OsVersion, TimeMs } from '@bulkhead/domain';
import type { TalliedAttempt, TalliedWorkload } from './tallied.js';
import type { Tally } from './tally.js';

/**
 * Promises 1 and 2 after a change: once the worker has tended its tenants, no silo goes on that its tenant
 * may no longer have or whose kernel an advisory breaks, and of a suspended tenant nothing that has not
 * started, or nothing at all.
 */
export function toldToGo(tally: Tally, nowMs: TimeMs): string | null {
  for (const [workloadId, workload] of tally.workloads) {
    const { held } = workload;
    if (held === null || held.over || held.evicted) continue;
    const because = forItsTenant(tally, workload, held) ?? forAnAdvisory(tally, held, nowMs);
    if (because !== null) return `told-to-go: ${workloadId} goes on ${because}`;
  }
  return null;
}

function forItsTenant(
  { tenants }: Tally,
  { tenantId }: TalliedWorkload,
  held: TalliedAttempt,
): string | null {
  const tenant = tenants.get(tenantId);
  if (tenant === undefined) return null;
  const { trust, trustBoundary, suspended, evictsRunning } = tenant;
  if (suspended && (evictsRunning || !held.started)) return 'although its tenant is suspended';
  if (held.isolation === 'hyperv') return null;
  if (trust === 'hostile') return 'in a silo of a hostile tenant';
  return held.trustBoundary === trustBoundary ? null : `in a silo of ${held.trustBoundary}`;
}

function forAnAdvisory(
  { policy, hosts, advisories }: Tally,
  { isolation, hostId, started }: TalliedAttempt,
  nowMs: TimeMs,
): string | null {
  const version = hosts.get(hostId)?.osVersion;
  if (isolation === 'hyperv' || version === undefined || policy === null) return null;
  if (policy.rulesOff.includes('open-advisory')) return null;
  if (started && !policy.advisories.evictRunning) return null;
  for (const advisory of advisories.values()) {
    if (breaks(advisory, version, nowMs)) {
      return `on a kernel that ${advisory.advisoryId} breaks`;
    }
  }
  return null;
}

function breaks(
  { wall, builds, window }: AdvisoryPublished['payload'],
  { build, revision }: OsVersion,
  nowMs: TimeMs,
): boolean {
  if (wall !== 'shared-kernel' || (window.untilMs ?? Number.POSITIVE_INFINITY) <= nowMs)
    return false;
  return builds.some(
    (one) => one.build === build && revision < (one.fixedRevision ?? Number.POSITIVE_INFINITY),
  );
}
