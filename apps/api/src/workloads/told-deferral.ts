import type { DeferralCause, WorkloadEvent, WorkloadState } from '@bulkhead/domain';

/**
 * What a tenant is told of why a workload waits, for nearly every cause on the fleet. Those causes speak of hosts and
 * of kernels that others hold, so that a tenant could learn from them what other tenants run and when.
 */
export const TOLD_CAUSE = 'capacity';
export const TOLD_DETAIL = 'No capacity for this isolation right now.';

/**
 * Causes that a tenant is told as they are. Two are only about itself. An open advisory is public, and a tenant
 * reads it in the reasons of its own decisions, with the build. As a cause it stands only where every registered
 * host that could ever take the workload in a silo has a broken kernel: with a single whole one, full or closed,
 * busy or free, the cause is one of the others. So it follows from advisories, policy and what hosts are made of,
 * as `UNPLACEABLE` does, and never from what anybody runs on them; its detail is the same sentence always.
 */
const TOLD_CAUSES: ReadonlySet<DeferralCause> = new Set([
  'tenant-suspended',
  'quota',
  'open-advisory',
]);

/** Without saying which or how many causes there are beyond those that a tenant is told. */
export function toldCauses({ deferrals }: WorkloadState): string[] {
  return [...new Set(deferrals.map((cause) => (TOLD_CAUSES.has(cause) ? cause : TOLD_CAUSE)))];
}

/** The payload of an event with only what its tenant may know of a deferral. */
export function withToldCause(event: WorkloadEvent): object {
  if (event.type !== 'PlacementDeferred' || TOLD_CAUSES.has(event.payload.cause)) {
    return event.payload;
  }
  return { ...event.payload, cause: TOLD_CAUSE, detail: TOLD_DETAIL };
}
