import type { TimeMs } from '../../event.js';
import type { AdvisoryId, StreamId, TenantId } from '../../ids.js';
import { holdingAttempt, isOver } from '../../workload/state.js';
import { type Fleet, hostOf } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { advisoriesHold, kernelAdvisories } from '../fleet/open-advisories.js';
import type { Breach } from './breaches.js';

export interface AdvisoryBreach extends Breach {
  readonly tenantId: TenantId;
  /** Of the publication of the advisory that has broken the kernel for longest. */
  readonly causedByPosition: number;
  /** What gave the cause: an advisory may be withdrawn, policy changed, and the kernel ended by a boot. */
  readonly guards: readonly { readonly stream: StreamId; readonly version: number }[];
}

/**
 * Open advisories by which nothing may start on the host's kernel; none where policy has switched the
 * rule off. Where there are any, the answer depends on policy, which has to be guarded too.
 */
export function advisoriesAgainstStart(
  fleet: Fleet,
  host: FleetHost,
  nowMs: TimeMs,
): { readonly brokenBy: readonly AdvisoryId[]; readonly dependsOnPolicy: boolean } {
  const { policy } = fleet.policy.state;
  const version = host.state.boot?.osVersion ?? null;
  const open = version === null ? [] : kernelAdvisories(fleet, version, nowMs);
  const holds = policy === null || advisoriesHold(policy);
  return {
    brokenBy: holds ? open.map(({ published }) => published.advisoryId) : [],
    dependsOnPolicy: open.length > 0,
  };
}

/**
 * Silos on kernels that an open advisory breaks and that have to go: what has not started, and what runs
 * where policy says so. Utility VMs stay, whatever else is broken: no other wall is better.
 */
export function advisoryBreachesOf(fleet: Fleet, nowMs: TimeMs): AdvisoryBreach[] {
  const { policy } = fleet.policy.state;
  if (policy === null || !advisoriesHold(policy) || fleet.advisories.size === 0) return [];
  const breaches: AdvisoryBreach[] = [];
  for (const [workloadId, { state }] of fleet.workloads) {
    const attempt = holdingAttempt(state);
    if (attempt === null || attempt.isolation !== 'process' || state.tenantId === null) continue;
    if (attempt.eviction !== null || isOver(attempt)) continue;
    if (attempt.stage === 'started' && !policy.advisories.evictRunning) continue;
    const host = hostOf(fleet, attempt.hostId);
    const { boot } = host.state;
    // What was on a kernel of an earlier boot is gone, and only its loss is still to be recorded.
    if (boot === null || boot.kernelInstanceId !== attempt.kernelInstanceId) continue;
    const [first] = kernelAdvisories(fleet, boot.osVersion, nowMs);
    if (first === undefined) continue;
    const { computeSystemId } = attempt;
    const { tenantId } = state;
    const causedByPosition = first.position;
    breaches.push({
      workloadId,
      computeSystemId,
      cause: 'open-advisory',
      tenantId,
      causedByPosition,
      guards: [
        { stream: 'advisories', version: fleet.advisoriesVersion },
        { stream: 'policy', version: fleet.policy.version },
        { stream: host.hostId, version: host.version },
      ],
    });
  }
  return breaches;
}
