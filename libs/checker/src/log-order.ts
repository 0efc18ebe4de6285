import type { StreamId, TenantId } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';

/**
 * Positions and the versions of every stream run 1, 2, 3, … without a gap, `recordedAt` never goes
 * backwards, no event id comes twice, and a stream never changes its tenant.
 */
export const logOrder: CheckMaker = (report) => {
  const streams = new Map<StreamId, { version: number; tenant: TenantId | null }>();
  const eventIds = new Set<string>();
  let position = 0;
  let recordedAtMs = Number.NEGATIVE_INFINITY;
  return {
    see: (recorded) => {
      if (recorded.position !== position + 1) {
        report(`position ${recorded.position} follows position ${position}`, recorded);
      }
      position = recorded.position;
      if (recorded.recordedAtMs < recordedAtMs) {
        report(`recordedAt goes back by ${recordedAtMs - recorded.recordedAtMs} ms`, recorded);
      }
      recordedAtMs = Math.max(recordedAtMs, recorded.recordedAtMs);
      if (eventIds.has(recorded.eventId)) {
        report(`event id ${recorded.eventId} was used before`, recorded);
      }
      eventIds.add(recorded.eventId);
      const { stream, version, tenant } = recorded;
      const before = streams.get(stream);
      if (version !== (before?.version ?? 0) + 1) {
        report(`version ${version} follows version ${before?.version ?? 0}`, recorded);
      }
      if (before !== undefined && before.tenant !== tenant) {
        report(`the stream's tenant changes from ${before.tenant} to ${tenant}`, recorded);
      }
      streams.set(stream, { version, tenant });
    },
  };
};
