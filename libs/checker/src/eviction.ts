import type { ComputeSystemId, HostId, RecordedEvent, TenantId } from '@bulkhead/domain';
import type { Check, CheckOptions, Report } from './check.js';
import type { ExposureWindows } from './exposure-windows.js';
import { Preempted } from './preempted.js';

/** What may demand that attempts of a tenant go. */
const CHANGES: ReadonlySet<RecordedEvent['event']['type']> = new Set([
  'TenantTrustChanged',
  'TenantBoundaryChanged',
  'TenantSuspended',
]);

/**
 * The windows of promises 1 and 2 are exactly the recorded ones: a silo that a change of trust or
 * boundary forbids is evicted, or over, within the bound. Nothing is evicted without such a change, a
 * suspension of its tenant, a drain or quarantine of its host that asked for it, an advisory (which the
 * check `advisories` judges), or a more urgent workload that policy lets displace it; a drain's not before
 * the time that it set.
 */
export function evictedInTime(
  report: Report,
  { evictionBoundMs }: CheckOptions,
  windows: ExposureWindows,
): Check {
  const changes = new Map<number, TenantId>();
  const quarantines = new Map<number, HostId>();
  const drains = new Map<number, { readonly hostId: HostId; readonly evictAtMs: number | null }>();
  const preempted = new Preempted(report);
  const late = new Set<ComputeSystemId>();
  const findLate = (nowMs: number) => {
    for (const [computeSystemId, { window, attempt }] of windows.open) {
      const settled = window.evictedAtMs !== null || attempt.over || late.has(computeSystemId);
      if (settled || nowMs - window.openedAtMs <= evictionBoundMs) continue;
      late.add(computeSystemId);
      report(
        `${computeSystemId} was not evicted within ${evictionBoundMs} ms of position ${window.openedByPosition}`,
      );
    }
  };
  const judgeDrain = (evictAtMs: number | null, evicted: RecordedEvent) => {
    if (evictAtMs === null) report('evicted by a drain that its host was not asked for', evicted);
    else if (evicted.event.occurredAtMs < evictAtMs) {
      report(`evicted ${evictAtMs - evicted.event.occurredAtMs} ms before its drain says`, evicted);
    }
  };
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      preempted.see(recorded, ledger);
      if (windows.open.size > 0) findLate(recorded.recordedAtMs);
      if (CHANGES.has(event.type)) {
        changes.set(recorded.position, recorded.stream as TenantId);
      }
      if (event.type === 'HostQuarantined' && event.payload.stop) {
        quarantines.set(recorded.position, recorded.stream as HostId);
      }
      if (event.type === 'HostDrainStarted') {
        const { evictAtMs } = event.payload;
        drains.set(recorded.position, { hostId: recorded.stream as HostId, evictAtMs });
      }
      if (event.type === 'WorkloadEvicted') {
        const { causedByPosition, cause } = event.payload;
        const workload = ledger.workloads.get(recorded.stream as never);
        if (cause === 'quarantine') {
          if (quarantines.get(causedByPosition) !== workload?.attempt?.hostId)
            report('evicted by a quarantine that its host was not put in', recorded);
        } else if (cause === 'drain') {
          const drain = drains.get(causedByPosition);
          const asked = drain?.hostId === workload?.attempt?.hostId ? drain?.evictAtMs : undefined;
          judgeDrain(asked ?? null, recorded);
        } else if (cause === 'preempted') {
          preempted.judge(recorded, causedByPosition, ledger);
        } else if (
          cause !== 'open-advisory' &&
          changes.get(causedByPosition) !== workload?.tenantId
        ) {
          report(
            `evicted because of position ${causedByPosition}, which changed nothing for ${workload?.tenantId}`,
            recorded,
          );
        }
      }
      windows.see(recorded, ledger);
    },
  };
}
