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
  /** Where to, or what signs, was erased: no message of its webhook can be sent any more. */
  readonly onErased: (message: ClaimedMessage) => Promise<void>;
}

/** Sends a claimed message and notes what came of it. */
export async function deliver(
  message: ClaimedMessage,
  parts: DeliverParts,
  stopping: AbortSignal,
): Promise<void> {
  const outcome = await outcomeOf(message, parts, stopping);
  if (outcome.kind === 'failed' && outcome.because === ERASED) await parts.onErased(message);
  const note = noteOf(message, outcome, parts.chance());
  await parts.store.note(message, note);
  if (note.kind === 'given-up') parts.onGivenUp();
  const { webhookId: webhook, tenantId: tenant, correlationId, tries } = message;
  const fields = { webhook, tenant, correlationId, message: message.messageId, tries };
  parts.logger.debug({ ...fields, became: note.kind }, 'message of a webhook tried');
}

const ERASED = 'content-erased';

/** Neither is the receiver's fault. `unsendable`: the key does not fit, which may be right with the next try. */
type OurFault = 'unsendable' | typeof ERASED;
type DeliveryOutcome = Outcome | { readonly kind: 'failed'; readonly because: OurFault };

async function outcomeOf(
  message: ClaimedMessage,
  { log, secretBox, send, clock, logger }: DeliverParts,
  stopping: AbortSignal,
): Promise<DeliveryOutcome> {
  const { webhookId, tenantId, state, messageId: id, body } = message;
  const content = await log.readContent(tenantId, webhookId, state.contentPart);
  const url = (content as { url?: string } | null)?.url;
  const nowMs = clock();
  const kept = signingSecrets(state, nowMs).flatMap(({ secretId }) => {
    const sealed = message.secrets[secretId];
    return sealed === undefined ? [] : [{ place: { tenantId, webhookId, secretId }, sealed }];
  });
  // A message without a signature is worth nothing to its receiver.
  if (url === undefined || kept.length === 0) return { kind: 'failed', because: ERASED };
  try {
    const secrets = kept.map(({ place, sealed }) => secretBox.open(place, sealed));
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
    : { statusCode: null, cause: outcome.because, isReceivers: !isOurs(outcome.because) };
  const pauseMs = pauseAfter(tries, chance, isAnswered ? outcome.retryAfterMs : null);
  if (isTest || isGone || pauseMs === null) return { kind: 'given-up', isGone, ...failure };
  return { kind: 'tried', pauseMs, ...failure };
}

function isOurs(because: string): boolean {
  return because === 'unsendable' || because === ERASED;
}
