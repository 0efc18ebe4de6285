import { createHash } from 'node:crypto';
import {
  type MessageType,
  messageTypeOf,
  type RecordedEvent,
  type StreamId,
} from '@bulkhead/domain';

/** The type of what a test sends; no webhook can ask for it otherwise. */
export const TEST_MESSAGE = 'webhook.test';

/** What a tenant is told of one event. */
export interface EventMessage {
  readonly type: MessageType | typeof TEST_MESSAGE;
  /** What has ended; of a test the webhook itself. */
  readonly subject: StreamId;
  /** The JSON that is signed and sent. Ids and the end, nothing that a tenant wrote, nothing global. */
  readonly body: string;
}

/** Null for events that nobody is told of. */
export function messageOfEvent({ stream, event }: RecordedEvent): EventMessage | null {
  const type = event.type === 'WebhookTestRequested' ? TEST_MESSAGE : messageTypeOf(event.type);
  if (type === null) return null;
  const timestamp = new Date(event.occurredAtMs).toISOString();
  const data = { id: stream, ...dataOf(event) };
  return { type, subject: stream, body: JSON.stringify({ type, timestamp, data }) };
}

/**
 * The same for every try and every process, and another one for every webhook. It tells nothing of the
 * log, because it follows from what its tenant knows: the webhook, the stream and its version.
 */
export function messageIdOf(webhookId: string, stream: string, version: number): string {
  const sha256 = createHash('sha256').update(JSON.stringify([webhookId, stream, version]));
  return `msg_${sha256.digest('hex').slice(0, 32)}`;
}

function dataOf(event: RecordedEvent['event']): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'WorkloadSucceeded':
      return { status: 'succeeded', attempt: event.payload.attempt };
    case 'WorkloadFailed': {
      const { attempt, cause, exitCode } = event.payload;
      return { status: 'failed', attempt, cause, exitCode };
    }
    case 'WorkloadCancelled':
      return { status: 'cancelled', attempt: event.payload.attempt };
    case 'WorkloadTimedOut':
      return { status: 'timed-out', attempt: event.payload.attempt };
    case 'WorkloadRejected':
      return { status: 'rejected', code: event.payload.code };
    case 'BatchSucceeded':
      return { status: 'succeeded', ...event.payload };
    case 'BatchFailed':
      return { status: 'failed', ...event.payload };
    case 'BatchCancelled':
      return { status: 'cancelled', ...event.payload };
    default:
      return {};
  }
}
