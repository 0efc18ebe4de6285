import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { WebhookId } from '../ids.js';
import type { WebhookDisabled, WebhookEvent } from './events.js';
import type { MessageType } from './message-types.js';

/** Secrets that sign a webhook's messages have numbers; the first one is created with it. */
export const FIRST_SECRET_VERSION = 1;
/** So many secrets sign at a time: the newest, and those before it whose time is not over. */
export const SIGNING_SECRETS_MAX = 3;

export interface SigningSecret {
  readonly version: number;
  readonly secretId: string;
  /** Null for the newest one, which signs until another follows. */
  readonly untilMs: TimeMs | null;
}

/** Why nothing is sent. Where its tenant wants it so, no failure is behind it. */
export type Disabling = { readonly atMs: TimeMs } & (
  | WebhookDisabled['payload']
  | { readonly cause: 'tenant'; readonly failures: 0; readonly failingSinceMs: null }
);

export interface WebhookState {
  readonly webhookId: WebhookId | null;
  /** Counts what changed of it, what is only sent aside. */
  readonly revision: number;
  readonly createdAtMs: TimeMs;
  readonly messageTypes: readonly MessageType[];
  /** Where in the content beside the stream its URL stands. */
  readonly contentPart: number;
  /** The newest first. */
  readonly secrets: readonly SigningSecret[];
  readonly rotatedAtMs: TimeMs | null;
  readonly testedAtMs: TimeMs | null;
  /** The message that was sent again last. */
  readonly resent: { readonly messageId: string; readonly atMs: TimeMs } | null;
  readonly disabled: Disabling | null;
  readonly isDeleted: boolean;
}

export type WebhookPhase = 'absent' | 'enabled' | 'disabled' | 'deleted';

export const absentWebhook: WebhookState = {
  webhookId: null,
  revision: 0,
  createdAtMs: 0,
  messageTypes: [],
  contentPart: 0,
  secrets: [],
  rotatedAtMs: null,
  testedAtMs: null,
  resent: null,
  disabled: null,
  isDeleted: false,
};

export function webhookPhaseOf({ webhookId, disabled, isDeleted }: WebhookState): WebhookPhase {
  if (webhookId === null) return 'absent';
  if (isDeleted) return 'deleted';
  return disabled === null ? 'enabled' : 'disabled';
}

/** The secrets that sign a message at a moment, the newest first. */
export function signingSecrets(
  { secrets }: Pick<WebhookState, 'secrets'>,
  nowMs: TimeMs,
): readonly SigningSecret[] {
  return secrets.filter(({ untilMs }) => untilMs === null || nowMs < untilMs);
}

export function evolveWebhook(before: WebhookState, event: WebhookEvent): WebhookState {
  const { occurredAtMs: atMs } = event;
  if (event.type === 'WebhookTestRequested') return { ...before, testedAtMs: atMs };
  if (event.type === 'WebhookResendRequested') {
    return { ...before, resent: { messageId: event.payload.messageId, atMs } };
  }
  const state = { ...before, revision: before.revision + 1 };
  switch (event.type) {
    case 'WebhookCreated': {
      const { webhookId, messageTypes, contentPart, secretId } = event.payload;
      const secrets = [{ version: FIRST_SECRET_VERSION, secretId, untilMs: null }];
      return { ...state, webhookId, createdAtMs: atMs, messageTypes, contentPart, secrets };
    }
    case 'WebhookChanged': {
      const { messageTypes, content } = event.payload;
      return {
        ...state,
        messageTypes: messageTypes ?? state.messageTypes,
        contentPart: content?.part ?? state.contentPart,
      };
    }
    case 'WebhookSecretRotated': {
      const { secretVersion: version, secretId, earlierUntilMs } = event.payload;
      const earlier = state.secrets.map((secret) => endedBy(secret, earlierUntilMs));
      const secrets = [{ version, secretId, untilMs: null }, ...earlier];
      return { ...state, secrets: secrets.slice(0, SIGNING_SECRETS_MAX), rotatedAtMs: atMs };
    }
    case 'WebhookDisabled':
      return { ...state, disabled: { ...event.payload, atMs } };
    case 'WebhookDisabledByTenant':
      return { ...state, disabled: { cause: 'tenant', failures: 0, failingSinceMs: null, atMs } };
    case 'WebhookEnabled':
      return { ...state, disabled: null };
    case 'WebhookDeleted':
      return { ...state, isDeleted: true };
    default:
      return unknownEvent(event);
  }
}

/** A rotation never lengthens the time of an earlier secret. */
function endedBy(secret: SigningSecret, untilMs: TimeMs): SigningSecret {
  return { ...secret, untilMs: Math.min(secret.untilMs ?? untilMs, untilMs) };
}
