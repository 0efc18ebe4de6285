import type { DeferralCause, WorkloadEvent, WorkloadState } from '@bulkhead/domain';

/**
 * What a tenant is told of why a workload waits, whatever the cause on the fleet. Those causes speak of hosts and of
 * kernels that others hold, so that a tenant could learn from them what other tenants run and when.
 */
export const TOLD_CAUSE = 'capacity';
export const TOLD_DETAIL = 'No capacity for this isolation right now.';

/** Causes that are only about the tenant itself, which it is told as they are. */
const OWN_CAUSES: ReadonlySet<DeferralCause> = new Set(['tenant-suspended', 'quota']);

/** Without saying which or how many causes there are beyond the tenant's own. */
export function toldCauses({ deferrals }: WorkloadState): string[] {
  return [...new Set(deferrals.map((cause) => (OWN_CAUSES.has(cause) ? cause : TOLD_CAUSE)))];
}

/** The payload of an event with only what its tenant may know of a deferral. */
export function withToldCause(event: WorkloadEvent): object {
  if (event.type !== 'PlacementDeferred' || OWN_CAUSES.has(event.payload.cause)) {
    return event.payload;
  }
  return { ...event.payload, cause: TOLD_CAUSE, detail: TOLD_DETAIL };
}
