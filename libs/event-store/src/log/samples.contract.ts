import {
  type DomainEvent,
  type EventMetadata,
  event,
  type PlacerTookOver,
  type StreamId,
  type TenantId,
  type WorkloadCancelRequested,
} from '@bulkhead/domain';
import type { Append, StreamAppend, WholeLog } from './event-log.js';

/** Data for the contract suites. The log never looks inside an event, so one plain type serves them all. */
export const TENANT_A: TenantId = 'ten_a';
export const TENANT_B: TenantId = 'ten_b';
export const METADATA: EventMetadata = {
  actor: { kind: 'system', id: 'contract' },
  correlationId: 'correlation',
  causationPosition: null,
};

export function noted(reason: string): DomainEvent {
  return event<WorkloadCancelRequested>('WorkloadCancelRequested', 1_700_000_000_123, { reason });
}

export const tookOver: DomainEvent = event<PlacerTookOver>('PlacerTookOver', 5, {
  owner: 'x',
  term: 1,
});

export function write(
  stream: StreamId,
  expectedVersion: number,
  reasons: readonly string[] = ['a reason'],
  owner: TenantId | null = TENANT_A,
): StreamAppend {
  return { owner, stream, expectedVersion, events: reasons.map(noted) };
}

export function append(...streams: StreamAppend[]): Append {
  return { streams, metadata: METADATA };
}

export async function reasonsIn(
  log: WholeLog,
  stream: StreamId,
  owner: TenantId | null = TENANT_A,
) {
  const events = await log.readStream(owner, stream);
  return events.map(({ event: { payload } }) => (payload as { reason: string }).reason);
}
