import type { RecordedEvent } from '@bulkhead/domain';
import type { ApiClient } from './api-client.js';
import { isRecord } from './problem.js';

/** As many as one page of `GET /v1/audit/events` may hold. */
const PAGE_EVENTS = 1_000;

/** The audit route answered something that is no event. */
export class BadAuditAnswer extends Error {
  override readonly name = 'BadAuditAnswer';
}

/** One page of the whole log, in order: the events after a position, and whether they end it for now. */
export async function readLogPage(
  auditor: ApiClient,
  afterPosition: number,
): Promise<{ readonly events: readonly RecordedEvent[]; readonly isEnd: boolean }> {
  const path = `/v1/audit/events?afterPosition=${afterPosition}&limit=${PAGE_EVENTS}`;
  const { body } = await auditor.get(path);
  const items = isRecord(body) ? body['items'] : undefined;
  if (!Array.isArray(items)) throw new BadAuditAnswer(`${path} answered no items`);
  return { events: items.map(readAuditEvent), isEnd: items.length < PAGE_EVENTS };
}

/** An event as the audit routes show it, in the shape in which it is folded. */
export function readAuditEvent(item: unknown): RecordedEvent {
  if (!isRecord(item) || typeof item['position'] !== 'number') {
    throw new BadAuditAnswer('the audit route answered something that is no event');
  }
  const { position, eventId, stream, version, tenant, metadata, type, schemaVersion, payload } =
    item;
  return {
    position,
    eventId,
    stream,
    version,
    tenant,
    metadata,
    recordedAtMs: Date.parse(String(item['recordedAt'])),
    event: {
      type,
      schemaVersion,
      payload,
      occurredAtMs: Date.parse(String(item['occurredAt'])),
    },
  } as RecordedEvent;
}
