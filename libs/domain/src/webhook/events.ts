import type { Event, TimeMs } from '../event.js';
import type { WebhookId } from '../ids.js';
import type { MessageType } from './message-types.js';

/**
 * A tenant wants to be told. Where to is the tenant's content and lies beside the log, in the part that is
 * numbered here; secrets are in no event.
 */
export type WebhookCreated = Event<
  'WebhookCreated',
  1,
  {
    webhookId: WebhookId;
    messageTypes: readonly MessageType[];
    contentPart: number;
    /** SHA-256 (hex) of the salt and the content; salt and content are erasable, this stays. */
    contentSha256: string;
    /** Names the row that holds its first secret, and says nothing of it. */
    secretId: string;
  }
>;

/** Where to, or of what, from now on; null for what stays. */
export type WebhookChanged = Event<
  'WebhookChanged',
  1,
  {
    messageTypes: readonly MessageType[] | null;
    content: { part: number; sha256: string } | null;
  }
>;

/** From now on a newer secret signs; those before it do so as well, until then at the latest. */
export type WebhookSecretRotated = Event<
  'WebhookSecretRotated',
  1,
  { secretVersion: number; secretId: string; earlierUntilMs: TimeMs }
>;

/** The tenant wants one message that says nothing, to see whether it arrives. */
export type WebhookTestRequested = Event<'WebhookTestRequested', 1, Record<never, never>>;

/**
 * `failures`: so many messages in a row were given up, or nothing was accepted for too long. `gone`: the
 * receiver said that it wants no more. `content-erased`: where to, or what signs, was erased, so that
 * nothing can be sent any more.
 */
export type WebhookDisabledCause = 'failures' | 'gone' | 'content-erased';

/** Nothing is sent any more, until the tenant has it go on. */
export type WebhookDisabled = Event<
  'WebhookDisabled',
  1,
  { cause: WebhookDisabledCause; failures: number; failingSinceMs: TimeMs }
>;

/** The tenant wants nothing sent any more, for now. */
export type WebhookDisabledByTenant = Event<'WebhookDisabledByTenant', 1, Record<never, never>>;

/**
 * The tenant wants a message sent again that has come to its end: under the same id, so that a receiver
 * that has handled it knows it again.
 */
export type WebhookResendRequested = Event<'WebhookResendRequested', 1, { messageId: string }>;

/** The tenant has it go on, with what happens from now on. */
export type WebhookEnabled = Event<'WebhookEnabled', 1, Record<never, never>>;

export type WebhookDeleted = Event<'WebhookDeleted', 1, Record<never, never>>;

export type WebhookEvent =
  | WebhookCreated
  | WebhookChanged
  | WebhookSecretRotated
  | WebhookTestRequested
  | WebhookResendRequested
  | WebhookDisabled
  | WebhookDisabledByTenant
  | WebhookEnabled
  | WebhookDeleted;
