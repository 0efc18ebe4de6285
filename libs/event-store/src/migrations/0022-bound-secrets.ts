import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bounds the secrets that are kept for no use, and forgets none that an event has named. */
export class BoundSecrets implements MigrationInterface {
  readonly name = 'BoundSecrets0000000000022';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION webhooks.keep_secret');
    await queryRunner.query(KEEP_SECRET);
    await queryRunner.query(DISCARD_SECRET);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA webhooks FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/**
 * Whether an event names a secret that the consumer has not met yet, and may not meet for long while no worker
 * runs. What it has met is in use from then on, or deleted.
 */
const WILL_BE_MET = `
  EXISTS (SELECT FROM log.events e
           WHERE e.stream = s.webhook
             AND e.version > coalesce((SELECT p.version FROM webhooks.endpoints p
                                        WHERE p.webhook = s.webhook), 0)
             AND e.type IN ('WebhookCreated', 'WebhookSecretRotated')
             AND e.payload ->> 'secretId' = s.secret_id)`;

/** A new webhook that the consumer has not met: under way, or recorded and not deleted again. */
const IS_NEW = `
  NOT EXISTS (SELECT FROM webhooks.endpoints p WHERE p.webhook = s.webhook)
  AND (s.kept_at > clock_timestamp() - interval '1 minute'
       OR EXISTS (SELECT FROM log.events e WHERE e.stream = s.webhook))
  AND NOT EXISTS (SELECT FROM log.events e
                   WHERE e.stream = s.webhook AND e.type = 'WebhookDeleted')`;

/**
 * Keeps a secret that an event is about to name, unless too many of its webhook are kept that no message is
 * signed with yet. For a new webhook it counts those of its tenant first, one after the other, those whose
 * event may still come and those that the consumer has still to meet included. What no event has named within
 * an hour belongs to a request that came to nothing.
 */
const KEEP_SECRET = `
CREATE FUNCTION webhooks.keep_secret(
  p_tenant text, p_webhook text, p_secret text, p_sealed bytea, p_max integer,
  p_unused_max integer DEFAULT 10, OUT refused boolean, OUT known bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_unused bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('webhooks ' || p_tenant, 0));
  DELETE FROM webhooks.secrets s
   WHERE s.tenant = p_tenant AND NOT s.in_use
     AND s.kept_at < clock_timestamp() - interval '1 hour' AND NOT ${WILL_BE_MET};
  SELECT count(*) INTO v_unused FROM webhooks.secrets s
   WHERE s.webhook = p_webhook AND NOT s.in_use;
  SELECT count(*) INTO known FROM (
    SELECT e.webhook FROM webhooks.endpoints e WHERE e.tenant = p_tenant AND e.status <> 'deleted'
     UNION
    SELECT s.webhook FROM webhooks.secrets s
     WHERE s.tenant = p_tenant AND NOT s.in_use AND s.webhook <> p_webhook AND ${IS_NEW}) AS either;
  refused := v_unused >= p_unused_max OR (p_max IS NOT NULL AND known >= p_max);
  IF NOT refused THEN
    INSERT INTO webhooks.secrets (secret_id, webhook, tenant, sealed, kept_at)
    VALUES (p_secret, p_webhook, p_tenant, p_sealed, clock_timestamp());
  END IF;
END $$`;

/** For a request that was refused after its secret was kept. What an event has named stays. */
const DISCARD_SECRET = `
CREATE FUNCTION webhooks.discard_secret(p_tenant text, p_secret text) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM webhooks.secrets s
   WHERE s.secret_id = p_secret AND s.tenant = p_tenant AND NOT s.in_use AND NOT ${WILL_BE_MET};
END $$`;
