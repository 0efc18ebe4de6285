import { type Clock, signingSecrets } from '@bulkhead/domain';
import type {
  ClaimedMessage,
  EventLog,
  MessageNote,
  MessageStore,
  SecretBox,
} from '@bulkhead/event-store';
import { type Logger, told } from '../logging.js';
import { pauseAfter } from './retry-schedule.js';
import type { Outcome } from './send-message.js';
import { signatureHeaders } from './sign-message.js';

/** What a receiver answers that wants nothing more, ever. */
const GONE = 410;

/** Sends a message once, and says what came of it; never fails. */
export type Send = (
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Outcome>;

export interface DeliverParts {
  readonly store: Pick<MessageStore, 'note'>;
  readonly log: Pick<EventLog, 'readContent'>;
  readonly secretBox: SecretBox;
  readonly send: Send;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly chance: () => number;
  readonly logger: Logger;
  /** A message was given up: its webhook may have to be disabled. */
  readonly onGivenUp: () => void;
}

/** Sends a claimed message and notes what came of it. */
export async function deliver(
  message: ClaimedMessage,
  parts: DeliverParts,
  stopping: AbortSignal,
): Promise<void> {
  const outcome = await outcomeOf(message, parts, stopping);
  const note = noteOf(message, outcome, parts.chance());
  await parts.store.note(message, note);
  if (note.kind === 'given-up') parts.onGivenUp();
  const { webhookId: webhook, tenantId: tenant, correlationId, tries } = message;
  const fields = { webhook, tenant, correlationId, message: message.messageId, tries };
  parts.logger.debug({ ...fields, became: note.kind }, 'message of a webhook tried');
}

/** `unsendable`: nothing can be sent, because what is needed for it is not there. */
type DeliveryOutcome = Outcome | { readonly kind: 'failed'; readonly because: 'unsendable' };

async function outcomeOf(
  message: ClaimedMessage,
  { log, secretBox, send, clock, logger }: DeliverParts,
  stopping: AbortSignal,
): Promise<DeliveryOutcome> {
  const { webhookId, tenantId, state, messageId: id, body } = message;
  const content = await log.readContent(tenantId, webhookId, state.contentPart);
  const url = (content as { url?: string } | null)?.url;
  try {
    const nowMs = clock();
    const secrets = signingSecrets(state, nowMs).flatMap(({ secretId }) => {
      const sealed = message.secrets[secretId];
      return sealed === undefined
        ? []
        : [secretBox.open({ tenantId, webhookId, secretId }, sealed)];
    });
    // A message without a signature is worth nothing to its receiver.
    if (url === undefined || secrets.length === 0) throw new Error('its URL or secret is missing');
    return await send(new URL(url), body, signatureHeaders({ id, body }, secrets, nowMs), stopping);
  } catch (error) {
    // A key that does not fit is the operator's affair, and may be the right one with the next try.
    const fields = { webhook: webhookId, tenant: tenantId, ...told(error) };
    logger.error(fields, 'message of a webhook cannot be sent');
    return { kind: 'failed', because: 'unsendable' };
  }
}

function noteOf(
  { tries, isTest }: ClaimedMessage,
  outcome: DeliveryOutcome,
  chance: number,
): MessageNote {
  if (outcome.kind === 'failed' && outcome.because === 'stopped') return { kind: 'released' };
  const isAnswered = outcome.kind === 'answered';
  if (isAnswered && outcome.status >= 200 && outcome.status < 300) {
    return { kind: 'delivered', statusCode: outcome.status };
  }
  const isGone = isAnswered && outcome.status === GONE;
  const failure = isAnswered
    ? { statusCode: outcome.status, cause: null, isReceivers: true }
    : { statusCode: null, cause: outcome.because, isReceivers: outcome.because !== 'unsendable' };
  const pauseMs = pauseAfter(tries, chance, isAnswered ? outcome.retryAfterMs : null);
  if (isTest || isGone || pauseMs === null) return { kind: 'given-up', isGone, ...failure };
  return { kind: 'tried', pauseMs, ...failure };
}
