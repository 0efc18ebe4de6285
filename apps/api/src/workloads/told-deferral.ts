import type { WorkloadEvent, WorkloadState } from '@bulkhead/domain';

/**
 * What a tenant is told of why a workload waits, whatever the cause. The causes speak of hosts and of
 * kernels that others hold, so that a tenant could learn from them what other tenants run and when.
 */
export const TOLD_CAUSE = 'capacity';
export const TOLD_DETAIL = 'No capacity for this isolation right now.';

/** Without saying which or how many causes there are. */
export function toldCauses({ deferrals }: WorkloadState): string[] {
  return deferrals.length === 0 ? [] : [TOLD_CAUSE];
}

/** The payload of an event with only what its tenant may know of a deferral. */
export function withToldCause(event: WorkloadEvent): object {
  if (event.type !== 'PlacementDeferred') return event.payload;
  return { ...event.payload, cause: TOLD_CAUSE, detail: TOLD_DETAIL };
}
