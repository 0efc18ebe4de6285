import type { ComputeSystemId, TenantId } from '@bulkhead/domain';
import type { Check, CheckOptions, Report } from './check.js';
import type { ExposureWindows } from './exposure-windows.js';

/**
 * The windows of promises 1 and 2 are exactly the recorded ones: a silo that a change of trust or
 * boundary forbids is evicted, or over, within the bound, and nothing is evicted without such a change.
 */
export function evictedInTime(
  report: Report,
  { evictionBoundMs }: CheckOptions,
  windows: ExposureWindows,
): Check {
  const changes = new Map<number, TenantId>();
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
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      if (windows.open.size > 0) findLate(recorded.recordedAtMs);
      if (event.type === 'TenantTrustChanged' || event.type === 'TenantBoundaryChanged') {
        changes.set(recorded.position, recorded.stream as TenantId);
      }
      if (event.type === 'WorkloadEvicted') {
        const { causedByPosition } = event.payload;
        const tenantId = ledger.workloads.get(recorded.stream as never)?.tenantId;
        if (changes.get(causedByPosition) !== tenantId) {
          report(
            `evicted because of position ${causedByPosition}, which changed nothing for ${tenantId}`,
            recorded,
          );
        }
      }
      windows.see(recorded, ledger);
    },
  };
}
