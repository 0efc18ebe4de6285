import type { TenantId, WebhookId, WebhookState } from '@bulkhead/domain';
import type pg from 'pg';
import { LOG_TYPES } from '../log/recorded-row.js';
import { TEST_MESSAGE } from './message-of-event.js';
import type {
  ClaimBounds,
  ClaimedMessage,
  FailingWebhook,
  FailureBounds,
  MessageNote,
  MessageStore,
} from './message-store.js';

interface ClaimedRow {
  readonly webhook: WebhookId;
  readonly position: number;
  readonly message: string;
  readonly tenant: TenantId;
  readonly type: string;
  readonly correlation: string;
  readonly body: string;
  readonly tries: number;
  readonly state: string;
  readonly secrets: string;
}

/** The end of a try, and what it says of the receiver; a test says nothing of it, unless it arrives. */
const NOTE = `
  WITH noted AS (
    UPDATE webhooks.messages
       SET claim = NULL, outcome = $4::text, tries = tries - $5::integer,
           ended_at = CASE WHEN $4::text <> 'waiting' THEN clock_timestamp() END,
           due_at = CASE WHEN $4::text = 'waiting'
                         THEN clock_timestamp() + $6::bigint * interval '1 millisecond' END,
           status_code = CASE WHEN $5::integer = 0 THEN $7::integer ELSE status_code END,
           cause = CASE WHEN $5::integer = 0 THEN $8::text ELSE cause END
     WHERE webhook = $1 AND position = $2 AND claim = $3 AND outcome = 'waiting'
    RETURNING webhook
  )
  UPDATE webhooks.endpoints e
     SET given_up = CASE $9::text WHEN 'well' THEN 0 WHEN 'given-up' THEN e.given_up + 1
                                  ELSE e.given_up END,
         failing_since = CASE WHEN $9::text <> 'well'
                              THEN coalesce(e.failing_since, clock_timestamp()) END,
         gone = $9::text <> 'well' AND (e.gone OR $10::boolean)
    FROM noted n
   WHERE e.webhook = n.webhook AND $9::text <> 'nothing'
     AND ($9::text <> 'well' OR e.failing_since IS NOT NULL)`;

/** A receiver that failed once, long ago, and was never asked again has not failed all that time. */
const FAILING = `
  SELECT webhook, tenant, version, given_up, failing_since, gone FROM webhooks.endpoints e
   WHERE status = 'enabled' AND failing_since IS NOT NULL
     AND (gone OR given_up >= $1
          OR (failing_since < clock_timestamp() - $2::bigint * interval '1 millisecond'
              AND EXISTS (SELECT FROM webhooks.messages m
                           WHERE m.webhook = e.webhook AND m.outcome = 'waiting' AND m.tries > 1
                             AND m.tried_at > e.failing_since + $2::bigint * interval '1 millisecond')))
   ORDER BY webhook LIMIT $3`;

/** Looked at again soon, so few at a time are enough. */
const FAILING_AT_ONCE_MAX = 100;

/** Messages of webhooks in Postgres, for the worker's role. */
export class PostgresMessages implements MessageStore {
  constructor(private readonly pool: pg.Pool) {}

  async claim(claim: string, bounds: ClaimBounds): Promise<readonly ClaimedMessage[]> {
    const { most, ofTenantMax, ofWebhookMax, claimMs } = bounds;
    const { rows } = await this.pool.query<ClaimedRow>({
      name: 'webhooks-claim',
      text: `SELECT webhook, position, message, tenant, type, correlation, body, tries,
                    state::text, secrets::text
               FROM webhooks.claim($1, $2, $3, $4, $5)`,
      values: [claim, most, ofTenantMax, ofWebhookMax, claimMs],
      types: LOG_TYPES,
    });
    return rows.map((row) => claimedOf(claim, row));
  }

  async note({ webhookId, position, claim, isTest }: ClaimedMessage, note: MessageNote) {
    const isFailure = note.kind === 'tried' || note.kind === 'given-up';
    await this.pool.query({
      name: 'webhooks-note',
      text: NOTE,
      values: [
        ...[webhookId, position, claim],
        note.kind === 'delivered' || note.kind === 'given-up' ? note.kind : 'waiting',
        note.kind === 'released' ? 1 : 0,
        note.kind === 'tried' ? note.pauseMs : 0,
        note.kind === 'released' ? null : note.statusCode,
        isFailure ? note.cause : null,
        saysOfReceiver(note, isTest),
        note.kind === 'given-up' && note.isGone,
      ],
    });
  }

  async failing({ givenUpMax, failingMaxMs }: FailureBounds): Promise<readonly FailingWebhook[]> {
    const { rows } = await this.pool.query<{
      webhook: WebhookId;
      tenant: TenantId;
      version: number;
      given_up: number;
      failing_since: Date;
      gone: boolean;
    }>({
      name: 'webhooks-failing',
      text: FAILING,
      values: [givenUpMax, failingMaxMs, FAILING_AT_ONCE_MAX],
    });
    return rows.map((row) => ({
      webhookId: row.webhook,
      tenantId: row.tenant,
      version: row.version,
      givenUp: row.given_up,
      failingSinceMs: row.failing_since.getTime(),
      isGone: row.gone,
    }));
  }

  async sweep(olderThanDays: number, atMost: number): Promise<number> {
    const { rows } = await this.pool.query<{ swept: number }>({
      name: 'webhooks-sweep',
      text: 'SELECT webhooks.sweep($1, $2) AS swept',
      values: [olderThanDays, atMost],
    });
    return rows[0]?.swept ?? 0;
  }
}

function saysOfReceiver(note: MessageNote, isTest: boolean): string {
  if (note.kind === 'released') return 'nothing';
  if (note.kind === 'delivered') return 'well';
  if (isTest || !note.isReceivers) return 'nothing';
  return note.kind === 'tried' ? 'failing' : 'given-up';
}

function claimedOf(claim: string, row: ClaimedRow): ClaimedMessage {
  const secrets = JSON.parse(row.secrets) as Record<string, string>;
  return {
    claim,
    webhookId: row.webhook,
    tenantId: row.tenant,
    position: row.position,
    messageId: row.message,
    correlationId: row.correlation,
    body: row.body,
    isTest: row.type === TEST_MESSAGE,
    tries: row.tries,
    state: JSON.parse(row.state) as WebhookState,
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([id, sealed]) => [id, Buffer.from(sealed, 'base64')]),
    ),
  };
}
