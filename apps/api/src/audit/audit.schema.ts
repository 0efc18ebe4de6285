import type { RecordedEvent } from '@bulkhead/domain';
import { z } from 'zod';
import { queryInt, time } from '../http/text.js';
import { inOrder } from '../http/time-span.js';
import { timeText } from '../sources.js';
import { WorkloadSchema } from '../workloads/workload.schema.js';
import { actorId, eventType, streamId, tenantId } from './audit-filters.js';

/** Larger pages than tenants get, because whoever checks the whole log reads all of it. */
export const AUDIT_LIMIT_MAX = 1_000;
const AUDIT_LIMIT_DEFAULT = 100;

export const AuditEventsQuery = z
  .strictObject({
    tenant: tenantId.optional(),
    stream: streamId.optional(),
    type: eventType.optional(),
    actor: actorId.optional(),
    from: time.optional().meta({ description: 'Recorded at this time or later.' }),
    to: time.optional().meta({ description: 'Recorded before this time; not before `from`.' }),
    afterPosition: queryInt(0, Number.MAX_SAFE_INTEGER).default(0),
    limit: queryInt(1, AUDIT_LIMIT_MAX).default(AUDIT_LIMIT_DEFAULT),
  })
  .superRefine(inOrder('from', 'to'));
export type AuditEventsRequest = z.infer<typeof AuditEventsQuery>;

export const AuditEventSchema = z
  .strictObject({
    position: z.int(),
    eventId: z.string(),
    stream: z.string(),
    version: z.int(),
    tenant: z.string().nullable(),
    type: z.string(),
    schemaVersion: z.int(),
    occurredAt: z.string(),
    recordedAt: z.string(),
    metadata: z.strictObject({
      actor: z.strictObject({ kind: z.string(), id: z.string() }),
      correlationId: z.string(),
      causationPosition: z.int().nullable(),
    }),
    payload: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEvent', description: 'An event as the log holds it, real ids included.' });
export type AuditEvent = z.infer<typeof AuditEventSchema>;

export const AuditEventPage = z
  .strictObject({
    items: z.array(AuditEventSchema),
    nextAfterPosition: z.int().nullable().meta({
      description: 'afterPosition of the next page; null where the log ends here for now.',
    }),
  })
  .meta({ id: 'AuditEventPage' });
export type AuditEventPageView = z.infer<typeof AuditEventPage>;

export const AuditWorkloadQuery = z.strictObject({
  at: time.optional().meta({
    description:
      'As it was recorded up to this time; now by default. Not in the future, which nobody knows yet.',
  }),
});

export const AuditWorkloadSchema = z
  .strictObject({
    tenantId: z.string(),
    version: z.int().meta({ description: 'Events of its stream that were known then.' }),
    position: z.int().meta({ description: 'Position of the newest of them.' }),
    recordedAt: z.string().meta({ description: 'When the newest of them was recorded.' }),
    workload: WorkloadSchema,
  })
  .meta({ id: 'AuditWorkload', description: 'A workload as it was, real ids included.' });
export type AuditWorkloadView = z.infer<typeof AuditWorkloadSchema>;

export function auditEvent(recorded: RecordedEvent): AuditEvent {
  const { position, eventId, stream, version, tenant, recordedAtMs, metadata, event } = recorded;
  return {
    position,
    eventId,
    stream,
    version,
    tenant,
    type: event.type,
    schemaVersion: event.schemaVersion,
    occurredAt: timeText(event.occurredAtMs),
    recordedAt: timeText(recordedAtMs),
    metadata: { ...metadata, actor: { ...metadata.actor } },
    payload: event.payload as unknown as Record<string, unknown>,
  };
}
