import type { AdvisoriesChanged, AdvisoryEvent } from './advisory/events.js';
import type { BatchEvent } from './batch/events.js';
import type { ConsumerEvent } from './consumer/events.js';
import type { CredentialEvent } from './credential/events.js';
import type { TimeMs } from './event.js';
import type { HostEvent } from './host/events.js';
import type { StreamId, TenantId } from './ids.js';
import type { ImageEvent } from './image/events.js';
import type { IncidentEvent } from './incident/events.js';
import type { KernelEvent } from './kernel/events.js';
import type { PlacerEvent } from './placer/events.js';
import type { PolicyEvent } from './policy/events.js';
import type { ProjectionEvent } from './projection/events.js';
import type { QueueEvent } from './queue/events.js';
import type { ScheduleEvent } from './schedule/events.js';
import type { TenantEvent } from './tenant/events.js';
import type { TemplateEvent } from './vm-template/events.js';
import type { WebhookEvent } from './webhook/events.js';
import type { WorkloadEvent } from './workload/events.js';

/** Every event that this version of Bulkhead knows. */
export type DomainEvent =
  | TenantEvent
  | CredentialEvent
  | WorkloadEvent
  | BatchEvent
  | ScheduleEvent
  | HostEvent
  | KernelEvent
  | TemplateEvent
  | PolicyEvent
  | ImageEvent
  | AdvisoryEvent
  | AdvisoriesChanged
  | IncidentEvent
  | WebhookEvent
  | PlacerEvent
  | ConsumerEvent
  | ProjectionEvent
  | QueueEvent;

/** Who caused an event. `system` is a component of Bulkhead, named by `id` (`placer`, `observe`, …). */
export interface Actor {
  readonly kind: 'tenant' | 'operator' | 'auditor' | 'system';
  readonly id: string;
}

export interface EventMetadata {
  readonly actor: Actor;
  /** Ties everything together that one request led to. */
  readonly correlationId: string;
  /** Position of the event that this one reacts to; null where a request was the cause. */
  readonly causationPosition: number | null;
}

/** An event as the log holds it. `position` is its place in the whole log, `version` its place in its stream; both start at 1. */
export interface RecordedEvent<E extends DomainEvent = DomainEvent> {
  readonly position: number;
  readonly eventId: string;
  readonly stream: StreamId;
  readonly version: number;
  /** Whose stream it is; null for the platform's own (hosts, kernels, policy, images, placer, …). */
  readonly tenant: TenantId | null;
  readonly recordedAtMs: TimeMs;
  readonly metadata: EventMetadata;
  readonly event: E;
}
