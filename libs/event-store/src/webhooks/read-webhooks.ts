import type { TenantId, TimeMs, WebhookId, WebhookState } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';

/** What became of a message so far. */
export type DeliveryOutcome = 'waiting' | 'delivered' | 'given-up' | 'dropped' | 'left-out';

export interface ListedWebhook {
  readonly webhookId: WebhookId;
  readonly state: WebhookState;
}

const LIST = `
  SELECT webhook, state FROM webhooks.endpoints
   WHERE ${withinScope('$1')} AND tenant = $1 AND status <> 'deleted'
     AND ($2::text IS NULL OR webhook < $2)
   ORDER BY webhook DESC LIMIT $3`;

/** A tenant's webhooks, newest first; deleted ones are not shown. */
export async function listWebhooks(
  pool: pg.Pool,
  tenantId: TenantId,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly ListedWebhook[]> {
  const { rows } = await pool.query<{ webhook: WebhookId; state: WebhookState }>({
    name: 'webhooks-list',
    text: LIST,
    values: [tenantId, after, limit],
  });
  return rows.map(({ webhook, state }) => ({ webhookId: webhook, state }));
}

/** A message, without what was sent. */
export interface Delivery {
  /** Orders a webhook's deliveries. Nobody is told of it: it is a position of the log. */
  readonly position: string;
  readonly messageId: string;
  readonly type: string;
  readonly subject: string;
  readonly outcome: DeliveryOutcome;
  readonly madeAtMs: TimeMs;
  readonly tries: number;
  readonly triedAtMs: TimeMs | null;
  /** What the receiver answered last; null where it did not answer. */
  readonly statusCode: number | null;
  /** Why there was no answer to the last try. */
  readonly cause: string | null;
  /** When it is tried next; null where it has ended. */
  readonly dueAtMs: TimeMs | null;
  readonly endedAtMs: TimeMs | null;
}

const DELIVERIES = `
  SELECT position, message, type, subject, outcome, made_at, tries, tried_at, status_code, cause,
         due_at, ended_at
    FROM webhooks.messages
   WHERE ${withinScope('$1')} AND tenant = $1 AND webhook = $2
     AND ($3::bigint IS NULL OR position < $3) AND ($5::text IS NULL OR outcome = $5)
   ORDER BY position DESC LIMIT $4`;

interface DeliveryRow {
  readonly position: string;
  readonly message: string;
  readonly type: string;
  readonly subject: string;
  readonly outcome: DeliveryOutcome;
  readonly made_at: Date;
  readonly tries: number;
  readonly tried_at: Date | null;
  readonly status_code: number | null;
  readonly cause: string | null;
  readonly due_at: Date | null;
  readonly ended_at: Date | null;
}

/** The messages of a tenant's webhook that are kept, or those of one outcome, newest first; of others nothing. */
export async function listDeliveries(
  pool: pg.Pool,
  tenantId: TenantId,
  webhookId: WebhookId,
  {
    after,
    limit,
    outcome,
  }: {
    readonly after: string | null;
    readonly limit: number;
    readonly outcome: DeliveryOutcome | null;
  },
): Promise<readonly Delivery[]> {
  const { rows } = await pool.query<DeliveryRow>({
    name: 'webhooks-deliveries',
    text: DELIVERIES,
    values: [tenantId, webhookId, after, limit, outcome],
  });
  return rows.map((row) => ({
    position: row.position,
    messageId: row.message,
    type: row.type,
    subject: row.subject,
    outcome: row.outcome,
    madeAtMs: row.made_at.getTime(),
    tries: row.tries,
    triedAtMs: row.tried_at?.getTime() ?? null,
    statusCode: row.status_code,
    cause: row.cause,
    dueAtMs: row.due_at?.getTime() ?? null,
    endedAtMs: row.ended_at?.getTime() ?? null,
  }));
}

const OUTCOME = `
  SELECT outcome FROM webhooks.messages
   WHERE ${withinScope('$1')} AND tenant = $1 AND webhook = $2 AND message = $3`;

/** What became of one message of a tenant's webhook; null where there is no such one, or not any more. */
export async function readOutcome(
  pool: pg.Pool,
  tenantId: TenantId,
  webhookId: WebhookId,
  messageId: string,
): Promise<DeliveryOutcome | null> {
  const { rows } = await pool.query<{ outcome: DeliveryOutcome }>({
    name: 'webhooks-outcome',
    text: OUTCOME,
    values: [tenantId, webhookId, messageId],
  });
  return rows[0]?.outcome ?? null;
}
