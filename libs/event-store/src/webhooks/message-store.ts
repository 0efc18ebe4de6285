import type { TenantId, TimeMs, WebhookId, WebhookState } from '@bulkhead/domain';

/** How many messages are sent at a time, over all senders that there are. */
export interface ClaimBounds {
  /** Of this call. */
  readonly most: number;
  readonly ofTenantMax: number;
  readonly ofWebhookMax: number;
  /** What is not noted by then is claimed anew. */
  readonly claimMs: number;
}

/** A message that is its claimer's to send, and what is needed for that. */
export interface ClaimedMessage {
  readonly claim: string;
  readonly webhookId: WebhookId;
  readonly tenantId: TenantId;
  /** Of the event that it tells of; with the webhook it names the message. */
  readonly position: number;
  readonly messageId: string;
  readonly correlationId: string;
  readonly body: string;
  readonly isTest: boolean;
  /** This one included. */
  readonly tries: number;
  readonly state: WebhookState;
  /** By secret id, sealed; those that are kept. */
  readonly secrets: Readonly<Record<string, Buffer>>;
}

/** What became of a try. `released` is none: the message is another's to send, at once. */
export type MessageNote =
  | { readonly kind: 'delivered'; readonly statusCode: number }
  | ({ readonly kind: 'tried'; readonly pauseMs: number } & Failure)
  | ({ readonly kind: 'given-up'; readonly isGone: boolean } & Failure)
  | { readonly kind: 'released' };

interface Failure {
  readonly statusCode: number | null;
  readonly cause: string | null;
  /** Whether it speaks against the receiver; otherwise the fault is on this side. */
  readonly isReceivers: boolean;
}

/** A webhook whose receiver has failed for so long that nothing more should be sent. */
export interface FailingWebhook {
  readonly webhookId: WebhookId;
  readonly tenantId: TenantId;
  /** Of its stream, as the consumer has folded it: what came after that may have forgiven the receiver. */
  readonly version: number;
  readonly givenUp: number;
  readonly failingSinceMs: TimeMs;
  readonly isGone: boolean;
}

export interface FailureBounds {
  /** Messages in a row. */
  readonly givenUpMax: number;
  /** Since the first try that failed after one that did not. */
  readonly failingMaxMs: number;
}

/** Where senders take messages from and note what became of them. */
export interface MessageStore {
  claim(claim: string, bounds: ClaimBounds): Promise<readonly ClaimedMessage[]>;
  /** Changes nothing where the claim has ended and another one was made. */
  note(message: ClaimedMessage, note: MessageNote): Promise<void>;
  failing(bounds: FailureBounds): Promise<readonly FailingWebhook[]>;
  /** Forgets messages that ended so many days ago, at most so many; how many they were. */
  sweep(olderThanDays: number, atMost: number): Promise<number>;
}
