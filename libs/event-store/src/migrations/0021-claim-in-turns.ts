import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets senders give each place that becomes free to the tenant that holds fewest, whoever waits longer. */
export class ClaimInTurns implements MigrationInterface {
  readonly name = 'ClaimInTurns0000000000021';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(TURNS);
    await queryRunner.query(CLAIM);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** When a message of a tenant was claimed last. Where more tenants wait than there are places, it orders them. */
const TURNS = `
CREATE TABLE webhooks.turns (
  tenant    text COLLATE "C" PRIMARY KEY,
  served_at timestamptz NOT NULL
)`;

/**
 * As before, but what a tenant holds already counts as turns that it has had: a place that becomes free while
 * all others are taken would go back to whoever had it, because that tenant's messages wait for longest. Of
 * tenants that have had as many turns, the one that was served least lately comes first. Of the secrets only
 * those are loaded that the webhook signs with, however many others are kept.
 */
const CLAIM = `
CREATE OR REPLACE FUNCTION webhooks.claim(
  p_claim text, p_most integer, p_tenant_max integer, p_webhook_max integer, p_claim_ms integer
) RETURNS TABLE (webhook text, "position" bigint, message text, tenant text, type text,
                 correlation text, body text, tries integer, status text, state jsonb,
                 secrets jsonb)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('webhooks claim', 0));
  RETURN QUERY
  WITH held AS (
    SELECT m.webhook, m.tenant, count(*) AS many FROM webhooks.messages m
     WHERE m.claim IS NOT NULL AND m.due_at > clock_timestamp() AND m.outcome = 'waiting'
     GROUP BY m.webhook, m.tenant
  ), held_by AS (
    SELECT h.tenant, sum(h.many) AS many FROM held h GROUP BY h.tenant
  ), ready AS (
    SELECT due.webhook, due.position, due.due_at, e.tenant,
           row_number() OVER (PARTITION BY e.tenant ORDER BY due.due_at, due.position) AS nth
      FROM webhooks.endpoints e
      LEFT JOIN held h ON h.webhook = e.webhook
     CROSS JOIN LATERAL (
       SELECT m.webhook, m.position, m.due_at FROM webhooks.messages m
        WHERE m.webhook = e.webhook AND m.outcome = 'waiting' AND m.due_at <= clock_timestamp()
        ORDER BY m.due_at, m.position
        LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN p_webhook_max ELSE 1 END
                          - coalesce(h.many, 0))
          FOR UPDATE SKIP LOCKED) AS due
     WHERE e.status <> 'deleted'
  ), picked AS (
    SELECT r.webhook, r.position FROM ready r
      LEFT JOIN held_by h ON h.tenant = r.tenant
      LEFT JOIN webhooks.turns t ON t.tenant = r.tenant
     WHERE r.nth + coalesce(h.many, 0) <= p_tenant_max
     ORDER BY r.nth + coalesce(h.many, 0), t.served_at NULLS FIRST, r.due_at LIMIT p_most
  ), claimed AS (
    UPDATE webhooks.messages m
       SET claim = p_claim, tries = m.tries + 1, tried_at = clock_timestamp(),
           due_at = clock_timestamp() + p_claim_ms * interval '1 millisecond'
      FROM picked p WHERE m.webhook = p.webhook AND m.position = p.position
    RETURNING m.*
  ), served AS (
    INSERT INTO webhooks.turns (tenant, served_at)
    SELECT c.tenant, clock_timestamp() FROM claimed c GROUP BY c.tenant
    ON CONFLICT (tenant) DO UPDATE SET served_at = excluded.served_at
  )
  SELECT c.webhook, c.position, c.message, c.tenant, c.type, c.correlation, c.body, c.tries,
         e.status, e.state,
         (SELECT coalesce(jsonb_object_agg(s.secret_id, encode(s.sealed, 'base64')), '{}')
            FROM jsonb_array_elements(e.state -> 'secrets') AS named
            JOIN webhooks.secrets s ON s.secret_id = named ->> 'secretId'
           WHERE s.webhook = c.webhook)
    FROM claimed c JOIN webhooks.endpoints e ON e.webhook = c.webhook
   ORDER BY c.position;
END $$`;
