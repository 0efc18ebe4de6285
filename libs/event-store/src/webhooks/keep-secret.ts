import type { TenantId, WebhookId } from '@bulkhead/domain';
import type pg from 'pg';

/** A sealed secret that an event is about to name. */
export interface KeptSecret {
  readonly tenantId: TenantId;
  readonly webhookId: WebhookId;
  readonly secretId: string;
  readonly sealed: Buffer;
  /** For a new webhook: how many its tenant may have. Null for a rotation. */
  readonly webhooksMax: number | null;
}

/** Of one webhook: drawn, and not in use yet, because the consumer has not met their events. */
export const UNUSED_SECRETS_MAX = 10;

export interface SecretKept {
  /** The tenant has too many webhooks, or the webhook too many unused secrets, and nothing was kept. */
  readonly refused: boolean;
  /** What the tenant had before this one; deleted ones do not count. */
  readonly webhooks: number;
}

/** Keeps a secret before its event is appended, and counts webhooks in one place for all processes. */
export async function keepSecret(
  pool: pg.Pool,
  { tenantId, webhookId, secretId, sealed, webhooksMax }: KeptSecret,
): Promise<SecretKept> {
  const { rows } = await pool.query<{ refused: boolean; known: string }>({
    name: 'webhooks-keep-secret',
    text: 'SELECT * FROM webhooks.keep_secret($1, $2, $3, $4, $5, $6)',
    values: [tenantId, webhookId, secretId, sealed, webhooksMax, UNUSED_SECRETS_MAX],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('webhooks.keep_secret gave no answer');
  return { refused: row.refused, webhooks: Number(row.known) };
}

/** Forgets a secret whose event was refused. One that an event has named stays. */
export async function discardSecret(
  pool: pg.Pool,
  { tenantId, secretId }: Pick<KeptSecret, 'tenantId' | 'secretId'>,
): Promise<void> {
  await pool.query({
    name: 'webhooks-discard-secret',
    text: 'SELECT webhooks.discard_secret($1, $2)',
    values: [tenantId, secretId],
  });
}
