import type { EntityManager } from 'typeorm';
import type { Endpoint } from './fold-endpoints.js';
import { TEST_MESSAGE } from './message-of-event.js';

/** What was made before a webhook was disabled is not sent, a test aside; of a deleted one nothing is kept. */
const DROP = `
  WITH dropped AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS d (webhook, position, deleted)
  ), ended AS (
    UPDATE webhooks.messages m SET outcome = 'dropped', ended_at = clock_timestamp(), due_at = NULL
      FROM dropped d
     WHERE NOT d.deleted AND m.webhook = d.webhook AND m.position < d.position
       AND m.outcome = 'waiting' AND m.type <> '${TEST_MESSAGE}'
  )
  DELETE FROM webhooks.messages m USING dropped d WHERE d.deleted AND m.webhook = d.webhook`;

export async function dropWhatWaits(
  endpoints: ReadonlyMap<string, Endpoint>,
  transaction: EntityManager,
): Promise<void> {
  const dropped = [...endpoints.values()].filter(({ droppedAt }) => droppedAt > 0);
  if (dropped.length === 0) return;
  await transaction.query(DROP, [
    dropped.map(({ webhookId }) => webhookId),
    dropped.map(({ droppedAt }) => droppedAt),
    dropped.map(({ state }) => state.isDeleted),
  ]);
}

/** What has ended waits again, as if it were new; what was never kept whole cannot be sent. */
const SEND_AGAIN = `
  UPDATE webhooks.messages m
     SET outcome = 'waiting', tries = 0, claim = NULL, due_at = clock_timestamp(), ended_at = NULL
    FROM unnest($1::text[], $2::text[]) AS r (webhook, message)
   WHERE m.webhook = r.webhook AND m.message = r.message
     AND m.outcome IN ('delivered', 'given-up', 'dropped')`;

/**
 * Has messages sent again whose webhook was not disabled or deleted after that was asked for. An endpoint
 * meets each event once, so a batch that comes again sends nothing a third time. Answers how many.
 */
export async function sendAgain(
  endpoints: ReadonlyMap<string, Endpoint>,
  transaction: EntityManager,
): Promise<number> {
  const wanted = [...endpoints.values()].flatMap(({ webhookId, droppedAt, resends }) =>
    resends
      .filter(({ position }) => position > droppedAt)
      .map(({ messageId }) => ({ webhookId, messageId })),
  );
  if (wanted.length === 0) return 0;
  await transaction.query(SEND_AGAIN, [
    wanted.map(({ webhookId }) => webhookId),
    wanted.map(({ messageId }) => messageId),
  ]);
  return wanted.length;
}
