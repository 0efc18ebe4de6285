import type { Clock } from '@bulkhead/domain';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { HostReports } from '../hosts/host-reports.js';
import type { JobParts } from '../jobs/job-parts.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import type { Timers } from '../timers.js';

/** How observing keeps time. Each is a bound, and a test shortens it. */
export interface ObserveTimes {
  /** The host's own lease: when it ends, the host ends what it runs. Renewed three times in its life. */
  readonly hostLeaseTtlMs: number;
  /** A host that answers nothing for so long counts as lost. */
  readonly lostAfterMs: number;
  /** On top of a host's lease, before what ran there counts as ended. */
  readonly leaseMarginMs: number;
  /** Between two comparisons of a host's list with the log. */
  readonly reconcileEveryMs: number;
  /** Work that the log has asked for and that has not moved for so long is issued anew. */
  readonly reissueAfterMs: number;
  /** The first pause after a failure; it doubles up to the longest one. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Between two questions to a host that is lost or fenced. */
  readonly probeEveryMs: number;
}

export const observeTimes: Omit<ObserveTimes, 'hostLeaseTtlMs'> = {
  lostAfterMs: 15_000,
  leaseMarginMs: 5_000,
  reconcileEveryMs: 30_000,
  reissueAfterMs: 30_000,
  retryMs: 200,
  retryMaxMs: 2_000,
  probeEveryMs: 2_000,
};

/** Everything that observing works with. */
export interface ObserveParts
  extends Pick<
    JobParts,
    | 'reports'
    | 'templates'
    | 'workloads'
    | 'drivers'
    | 'queue'
    | 'turns'
    | 'lastOutput'
    | 'clock'
    | 'logTime'
    | 'newUuid'
    | 'logger'
  > {
  readonly follower: FleetFollower;
  readonly hosts: HostReports;
  readonly leases: LeaseKeeper;
  readonly timers: Timers;
  /** Measures silences and leases; `clock` only tells when something was noticed. */
  readonly steadyClock: Clock;
  readonly times: ObserveTimes;
}

/** The request that an attempt's workload was submitted with. */
export function correlationOf(
  { follower }: Pick<ObserveParts, 'follower'>,
  { workloadId }: TrackedAttempt,
): string {
  return follower.submissions.get(workloadId)?.correlationId ?? workloadId;
}

/**
 * How long work may lie that an emptied queue has lost, while its host answers: until it counts as stuck,
 * and then until the next comparison. Whatever else is lost with a queue is found within it too.
 */
export function reissuedWithinMs(
  times: Pick<ObserveTimes, 'reissueAfterMs' | 'reconcileEveryMs'>,
): number {
  return times.reissueAfterMs + times.reconcileEveryMs;
}
