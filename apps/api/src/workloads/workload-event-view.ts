import type { RecordedEvent, TenantId, WorkloadEvent } from '@bulkhead/domain';
import type { z } from 'zod';
import type { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { timeText } from '../sources.js';
import { withToldCause } from './told-deferral.js';
import type { WorkloadEventSchema } from './workload.schema.js';

export type WorkloadEventView = z.infer<typeof WorkloadEventSchema>;

/**
 * What a payload says of the platform as a whole: positions in the log, terms of the placer, and with whom a
 * utility VM shares its template.
 */
const PLATFORM_FIELDS: ReadonlySet<string> = new Set(['causedByPosition', 'placerTerm', 'clone']);

/** An event of a workload as its tenant sees it. */
export function workloadEventView(
  pseudonyms: Pseudonyms,
  tenantId: TenantId,
  recorded: RecordedEvent<WorkloadEvent>,
): WorkloadEventView {
  const { version, recordedAtMs, event } = recorded;
  const told = Object.entries(withToldCause(event)).filter(
    ([field]) => !PLATFORM_FIELDS.has(field),
  );
  const payload = pseudonyms.inside(tenantId, Object.fromEntries(told));
  return {
    id: version,
    type: event.type,
    schemaVersion: event.schemaVersion,
    occurredAt: timeText(event.occurredAtMs),
    recordedAt: timeText(recordedAtMs),
    payload: payload as Record<string, unknown>,
  };
}
