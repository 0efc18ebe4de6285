import type { EventMetadata } from '@bulkhead/domain';

/** Components of the worker that append, as the log names them. */
export type WorkerComponent = 'placer' | 'jobs' | 'observe' | 'batches' | 'schedules' | 'webhooks';

/** Metadata of what a component appends: who, for which request, and because of which event. */
export function because(
  component: WorkerComponent,
  correlationId: string,
  causationPosition: number | null,
): EventMetadata {
  return { actor: { kind: 'system', id: component }, correlationId, causationPosition };
}
