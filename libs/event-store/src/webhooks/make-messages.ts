import {
  type DomainEvent,
  type RecordedEvent,
  toldEventTypes,
  webhookPhaseOf,
} from '@bulkhead/domain';
import type { EntityManager } from 'typeorm';
import { dropWhatWaits, sendAgain } from './end-and-resend.js';
import {
  type Endpoint,
  endpointsOf,
  foldInto,
  isOfWebhook,
  keepEndpoints,
  webhookTypes,
} from './fold-endpoints.js';
import {
  type EventMessage,
  messageIdOf,
  messageOfEvent,
  TEST_MESSAGE,
} from './message-of-event.js';

/** Names the consumer and its checkpoint; lists of webhooks wait for it by this name. */
export const WEBHOOKS_CONSUMER = 'webhooks';

/** Of one webhook. What comes while so many wait is told of in the list of deliveries only. */
export const WAITING_MESSAGES_MAX = 10_000;

/** Webhooks are folded by the same consumer that makes messages, so each message meets them as they were. */
export const webhooksConsumerTypes: readonly DomainEvent['type'][] = [
  ...(Object.keys(webhookTypes) as DomainEvent['type'][]),
  ...toldEventTypes,
];

interface MadeMessage extends EventMessage {
  readonly endpoint: Endpoint;
  readonly recorded: RecordedEvent;
}

/**
 * The effect of the consumer `webhooks`: endpoints as they are, and one message for each end that a
 * webhook of its tenant wants to be told of. It commits with the checkpoint; a batch that comes again
 * meets rows that are there already, and changes nothing. Answers how many messages the batch tells of or
 * sends again.
 *
 * @param waitingMax of one webhook
 */
export async function makeMessages(
  batch: readonly RecordedEvent[],
  transaction: EntityManager,
  waitingMax = WAITING_MESSAGES_MAX,
): Promise<number> {
  const endpoints = await endpointsOf(batch, transaction);
  const made: MadeMessage[] = [];
  for (const recorded of batch) {
    if (isOfWebhook(recorded)) foldInto(endpoints, recorded);
    const message = messageOfEvent(recorded);
    if (message === null) continue;
    for (const endpoint of endpoints.values()) {
      if (wants(endpoint, message, recorded)) made.push({ ...message, endpoint, recorded });
    }
  }
  await keepEndpoints(endpoints, transaction);
  if (made.length > 0) await keepMessages(made, transaction, waitingMax);
  await dropWhatWaits(endpoints, transaction);
  return made.length + (await sendAgain(endpoints, transaction));
}

function wants({ webhookId, tenantId, state }: Endpoint, message: EventMessage, of: RecordedEvent) {
  if (message.type === TEST_MESSAGE) return webhookId === of.stream;
  return (
    tenantId === of.tenant &&
    webhookPhaseOf(state) === 'enabled' &&
    state.messageTypes.includes(message.type)
  );
}

/** The oldest of them are told of; what would have to wait behind too many is only noted. */
const KEEP_MESSAGES = `
  WITH waiting AS (
    SELECT m.webhook, count(*) AS many FROM webhooks.messages m
     WHERE m.webhook = ANY ($1::text[]) AND m.outcome = 'waiting' GROUP BY m.webhook
  ), made AS (
    SELECT k.*, row_number() OVER (PARTITION BY k.webhook ORDER BY k.position)
                + coalesce(w.many, 0) > $9 AS is_left_out
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::text[])
           AS k (webhook, position, message, tenant, type, subject, correlation, body)
      LEFT JOIN waiting w ON w.webhook = k.webhook
     WHERE NOT EXISTS (SELECT FROM webhooks.messages m
                        WHERE m.webhook = k.webhook AND m.position = k.position)
  )
  INSERT INTO webhooks.messages
         (webhook, position, message, tenant, type, subject, correlation, body, made_at, due_at,
          outcome, ended_at)
  SELECT webhook, position, message, tenant, type, subject, correlation,
         CASE WHEN is_left_out THEN '' ELSE body END, clock_timestamp(),
         CASE WHEN NOT is_left_out THEN clock_timestamp() END,
         CASE WHEN is_left_out THEN 'left-out' ELSE 'waiting' END,
         CASE WHEN is_left_out THEN clock_timestamp() END
    FROM made ORDER BY webhook, position
  ON CONFLICT (webhook, position) DO NOTHING`;

async function keepMessages(
  made: readonly MadeMessage[],
  transaction: EntityManager,
  waitingMax: number,
): Promise<void> {
  const column = (value: (one: MadeMessage) => unknown) => made.map(value);
  await transaction.query(KEEP_MESSAGES, [
    column(({ endpoint }) => endpoint.webhookId),
    column(({ recorded }) => recorded.position),
    column(({ endpoint, recorded }) =>
      messageIdOf(endpoint.webhookId, recorded.stream, recorded.version),
    ),
    column(({ endpoint }) => endpoint.tenantId),
    column(({ type }) => type),
    column(({ subject }) => subject),
    column(({ recorded }) => recorded.metadata.correlationId),
    column(({ body }) => body),
    waitingMax,
  ]);
}
