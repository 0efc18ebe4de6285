import type { BatchEvent } from '../batch/events.js';
import type { WorkloadEvent } from '../workload/events.js';

type Told = WorkloadEvent['type'] | BatchEvent['type'];

/** What a tenant can be told of, and the event that it is told by. */
const messageOfEvent = {
  WorkloadSucceeded: 'workload.succeeded',
  WorkloadFailed: 'workload.failed',
  WorkloadCancelled: 'workload.cancelled',
  WorkloadTimedOut: 'workload.timed-out',
  WorkloadRejected: 'workload.rejected',
  BatchSucceeded: 'batch.succeeded',
  BatchFailed: 'batch.failed',
  BatchCancelled: 'batch.cancelled',
} as const satisfies Partial<Record<Told, `${'workload' | 'batch'}.${string}`>>;

export type MessageType = (typeof messageOfEvent)[keyof typeof messageOfEvent];

export const messageTypes = Object.values(messageOfEvent) as readonly MessageType[];

/** The events that a message is made of. */
export const toldEventTypes = Object.keys(messageOfEvent) as readonly Told[];

/** The message that an event is; null where nobody is told of it. */
export function messageTypeOf(type: string): MessageType | null {
  return (messageOfEvent as Readonly<Record<string, MessageType | undefined>>)[type] ?? null;
}
