import type { TimeMs } from '../event.js';
import type { WebhookId } from '../ids.js';
import type { WebhookDisabledCause } from './events.js';
import type { MessageType } from './message-types.js';

export type WebhookCommand = { readonly nowMs: TimeMs } & (
  | {
      readonly kind: 'create-webhook';
      readonly webhookId: WebhookId;
      readonly messageTypes: readonly MessageType[];
      readonly contentSha256: string;
      readonly secretId: string;
    }
  | {
      readonly kind: 'change-webhook';
      /** Null for what stays. */
      readonly messageTypes: readonly MessageType[] | null;
      readonly contentSha256: string | null;
    }
  | {
      readonly kind: 'rotate-webhook-secret';
      readonly secretId: string;
      /** For how long the secrets before it sign as well. */
      readonly overlapMs: number;
    }
  | { readonly kind: 'request-webhook-test' }
  /** Whether there is such a message, and whether it has ended, is for others to know. */
  | { readonly kind: 'request-webhook-resend'; readonly messageId: string }
  | {
      readonly kind: 'disable-webhook';
      readonly cause: WebhookDisabledCause;
      readonly failures: number;
      readonly failingSinceMs: TimeMs;
    }
  /** As its tenant wants, where the one above is for receivers that fail. */
  | { readonly kind: 'disable-own-webhook' }
  | { readonly kind: 'enable-webhook' }
  | { readonly kind: 'delete-webhook' }
);
