import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CLAIM_MESSAGES } from './claim-messages.sql.js';

/** Where tenants are told, with which secrets, and what is still to be told: beside the log. */
export class CreateWebhooks implements MigrationInterface {
  readonly name = 'CreateWebhooks0000000000018';

  async up(queryRunner: QueryRunner): Promise<void> {
    const statements = [...ENDPOINTS, ...MESSAGES, KEEP_SECRET, CLAIM_MESSAGES, SWEEP, ...ERASURE];
    for (const statement of statements) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA webhooks FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/**
 * Endpoints are webhooks as the consumer that makes messages has folded them, and how their receivers do.
 * A secret is kept before the event that names it, and is in use from the moment that the consumer meets
 * that event.
 */
const ENDPOINTS = [
  `CREATE TABLE webhooks.endpoints (
     webhook       text COLLATE "C" PRIMARY KEY,
     tenant        text COLLATE "C" NOT NULL,
     status        text COLLATE "C" NOT NULL CHECK (status IN ('enabled', 'disabled', 'deleted')),
     version       integer          NOT NULL,
     state         jsonb            NOT NULL,
     given_up      integer          NOT NULL DEFAULT 0,
     failing_since timestamptz(3),
     gone          boolean          NOT NULL DEFAULT false
   )`,
  `CREATE INDEX endpoints_by_tenant ON webhooks.endpoints (tenant, webhook DESC)
    WHERE status <> 'deleted'`,
  `CREATE TABLE webhooks.secrets (
     secret_id text COLLATE "C" PRIMARY KEY,
     webhook   text COLLATE "C" NOT NULL,
     tenant    text COLLATE "C" NOT NULL,
     sealed    bytea            NOT NULL,
     kept_at   timestamptz(3)   NOT NULL,
     in_use    boolean          NOT NULL DEFAULT false
   )`,
  'CREATE INDEX secrets_by_webhook ON webhooks.secrets (webhook)',
  'CREATE INDEX secrets_unused ON webhooks.secrets (tenant) WHERE NOT in_use',
];

/** One row for each event and webhook; `due_at` of a claimed one is when its claim ends. */
const MESSAGES = [
  `CREATE TABLE webhooks.messages (
     webhook      text COLLATE "C" NOT NULL REFERENCES webhooks.endpoints,
     position     bigint           NOT NULL,
     message      text COLLATE "C" NOT NULL,
     tenant       text COLLATE "C" NOT NULL,
     type         text COLLATE "C" NOT NULL,
     subject      text COLLATE "C" NOT NULL,
     correlation  text             NOT NULL,
     body         text             NOT NULL,
     made_at      timestamptz(3)   NOT NULL,
     tries        integer          NOT NULL DEFAULT 0,
     claim        text COLLATE "C",
     due_at       timestamptz(3),
     tried_at     timestamptz(3),
     status_code  integer,
     cause        text COLLATE "C",
     outcome      text COLLATE "C" NOT NULL CHECK
                  (outcome IN ('waiting', 'delivered', 'given-up', 'dropped', 'left-out')),
     ended_at     timestamptz(3)   CHECK ((ended_at IS NULL) = (outcome = 'waiting')),
     PRIMARY KEY (webhook, position)
   )`,
  `CREATE INDEX messages_due ON webhooks.messages (webhook, due_at, position)
    WHERE outcome = 'waiting'`,
  'CREATE INDEX messages_claimed ON webhooks.messages (due_at) WHERE claim IS NOT NULL',
  'CREATE INDEX messages_by_end ON webhooks.messages (ended_at) WHERE ended_at IS NOT NULL',
];

/**
 * Keeps a secret that an event is about to name. For a new webhook it counts those of its tenant first,
 * one after the other, those whose event may still come included. What no event has named within an hour
 * belongs to a request that came to nothing.
 */
const KEEP_SECRET = `
CREATE FUNCTION webhooks.keep_secret(
  p_tenant text, p_webhook text, p_secret text, p_sealed bytea, p_max integer,
  OUT refused boolean, OUT known bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('webhooks ' || p_tenant, 0));
  DELETE FROM webhooks.secrets s
   WHERE s.tenant = p_tenant AND NOT s.in_use AND s.kept_at < clock_timestamp() - interval '1 hour';
  SELECT count(*) INTO known FROM (
    SELECT e.webhook FROM webhooks.endpoints e WHERE e.tenant = p_tenant AND e.status <> 'deleted'
     UNION
    SELECT s.webhook FROM webhooks.secrets s
     WHERE s.tenant = p_tenant AND NOT s.in_use AND s.webhook <> p_webhook
       AND s.kept_at > clock_timestamp() - interval '1 minute') AS either;
  refused := p_max IS NOT NULL AND known >= p_max;
  IF NOT refused THEN
    INSERT INTO webhooks.secrets (secret_id, webhook, tenant, sealed, kept_at)
    VALUES (p_secret, p_webhook, p_tenant, p_sealed, clock_timestamp());
  END IF;
END $$`;

/** Forgets messages that ended so many days ago, at most 1,000 a call, however many are asked for. */
const SWEEP = `
CREATE FUNCTION webhooks.sweep(older_than_days integer, at_most integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  swept integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM webhooks.messages m USING (
    SELECT o.webhook, o.position FROM webhooks.messages o
     WHERE o.ended_at <= clock_timestamp() - make_interval(days => greatest(older_than_days, 1))
     ORDER BY o.ended_at LIMIT least(greatest(at_most, 0), 1000) FOR UPDATE SKIP LOCKED) AS old
   WHERE m.webhook = old.webhook AND m.position = old.position;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END $$`;

/** Whoever erases what a tenant said of a webhook erases its secrets and messages, too. */
const ERASURE = [
  `CREATE FUNCTION webhooks.erase_with_content() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     DELETE FROM webhooks.secrets s USING erased e
      WHERE s.webhook = e.stream AND s.tenant = e.tenant;
     DELETE FROM webhooks.messages m USING erased e
      WHERE m.webhook = e.stream AND m.tenant = e.tenant;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER erase_webhooks AFTER DELETE ON log.contents REFERENCING OLD TABLE AS erased
     FOR EACH STATEMENT EXECUTE FUNCTION webhooks.erase_with_content()`,
];
