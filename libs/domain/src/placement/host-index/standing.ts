import { acceptsPlacements } from '../../host/state.js';
import type { Isolation } from '../../isolation/decision.js';
import type { Policy } from '../../policy/events.js';
import type { TrustBoundary } from '../../tenant/events.js';
import type { DeferralCause } from '../../workload/events.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import type { Fit } from './fit.js';

/**
 * Most utility VMs that one host holds at a time, whatever room it has and whatever policy says: what
 * Hyper-V supports on one server.
 */
export const UTILITY_VMS_PER_HOST_MAX = 1_024;

/** How many utility VMs a host may hold under this policy. */
export function utilityVmsMaxOf({ utilityVmsPerHostMax }: Policy): number {
  return Math.min(utilityVmsPerHostMax ?? UTILITY_VMS_PER_HOST_MAX, UTILITY_VMS_PER_HOST_MAX);
}

/** `owned`: by the boundary that `ownerOf` tells. `locked`: whoever owns it, no silo may join it now. */
export type KernelStanding = 'free' | 'owned' | 'locked';

/** How the rules see a host, its shape, its owner and its room apart: equals are answered alike. */
export interface Standing {
  /** Takes new work at all. */
  readonly open: boolean;
  readonly kernel: KernelStanding;
  /** May take one more utility VM. */
  readonly vmAllowed: boolean;
}

const both = [true, false];
const kernels: readonly KernelStanding[] = ['free', 'owned', 'locked'];

/** Every standing there is, each once, so that two are equal only where they are the same object. */
export const standings: readonly Standing[] = both.flatMap((open) =>
  kernels.flatMap((kernel) => both.map((vmAllowed) => ({ open, kernel, vmAllowed }))),
);

/** `utilityVmsMax`: how many a host may hold, by the policy in force. */
export function standingOf(host: FleetHost, utilityVmsMax: number): Standing {
  const open = acceptsPlacements(host.state) && host.kernel !== null;
  const kernel = kernelStanding(host);
  const vmAllowed = host.utilityVms < utilityVmsMax;
  const at = (open ? 0 : 6) + kernels.indexOf(kernel) * 2 + (vmAllowed ? 0 : 1);
  return standings[at] as Standing;
}

/** A kernel that somebody is being evicted from takes nobody in: that would widen the exposure. */
function kernelStanding({ kernel, evicting }: FleetHost): KernelStanding {
  if (kernel === null || kernel.claimPending || evicting > 0) return 'locked';
  return kernel.trustBoundary === null ? 'free' : 'owned';
}

/** The boundary whose silos may join the host's kernel; null where there is none. */
export function ownerOf({ kernel }: FleetHost, standing: Standing): TrustBoundary | null {
  const joinable = standing.open && standing.kernel === 'owned';
  return joinable ? (kernel?.trustBoundary ?? null) : null;
}

/**
 * Why hosts of this standing may not take it, or null where only room decides. `ours` says whether the
 * kernel belongs to the boundary that asks.
 */
export function obstacleOf(
  standing: Standing,
  isolation: Isolation,
  ours: boolean,
): DeferralCause | null {
  if (!standing.open) return 'host-unavailable';
  if (isolation === 'hyperv') return standing.vmAllowed ? null : 'host-unavailable';
  if (standing.kernel === 'free') return null;
  return standing.kernel === 'owned' && ours ? null : 'kernel-busy';
}

/**
 * Which kernels come first, before every other preference. A silo joins its boundary's kernel before it
 * claims a free one; a utility VM, which needs no kernel of the host, leaves free kernels to silos.
 */
export function kernelComesFirst(standing: Standing, isolation: Isolation): boolean {
  return isolation === 'process' ? standing.kernel === 'owned' : standing.kernel !== 'free';
}

/**
 * How to choose among hosts whose kernels come first, or among the others. Room beside a kernel that belongs
 * to a boundary is of use to its silos and to utility VMs only, and every boundary has such a host that is
 * not full yet: there a utility VM goes where most lies idle. Everything else leaves as little over as it can.
 */
export function fitFor(isolation: Isolation, kernelFirst: boolean): Fit {
  return isolation === 'hyperv' && kernelFirst ? 'roomy' : 'snug';
}
