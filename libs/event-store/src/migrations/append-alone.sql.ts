import { LOG_CHANNEL } from '../log/log-notifier.js';
import { LATEST_MS } from './append-refusals.sql.js';

/** Every writer of the log takes this advisory lock; the number has no other meaning. */
export const APPEND_LOCK = 1112232780;

/** The position before the recorded event and when it was recorded, in milliseconds. */
const ANSWER = "(position - 1) || ' ' || (date_part('epoch', recorded_at) * 1000)::bigint";

/**
 * Goes on from the last event, if the stream stands where it should and the key is new: nobody else can
 * come between, so nothing can conflict once it is recorded.
 */
const RECORD_EVENT = `
      INSERT INTO log.events (position, event_id, stream, version, tenant, type, schema_version,
                              occurred_at, recorded_at, metadata, payload)
      SELECT coalesce(l.position, 0) + 1, e_id, s_stream, s_expected + 1, s_owner, e_type, e_schema_version,
             to_timestamp(e_occurred_ms / 1000.0::float8), greatest(v_now, l.recorded_at),
             e_metadata::json, e_payload::json
        FROM (VALUES (0)) always LEFT JOIN LATERAL (
               SELECT p.position, p.recorded_at FROM log.events p ORDER BY p.position DESC LIMIT 1) l ON true
       WHERE coalesce((SELECT h.version = s_expected AND h.tenant IS NOT DISTINCT FROM s_owner
                         FROM log.events h WHERE h.stream = s_stream
                        ORDER BY h.version DESC LIMIT 1), s_expected = 0)
         AND NOT EXISTS (SELECT FROM log.idempotent_answers a WHERE a.digest = k_digest)`;

/**
 * Appends one event that guards nothing, with its answer where it has one: what most appends are, and what
 * each would pay for where it shares neither lock nor flush with others. Parameters mean what those of
 * `log.append` mean, and are no arrays, because taking these apart costs as much as recording an event.
 *
 * It answers NULL and records nothing where it is not plain that the event may go in: `log.append` then
 * finds out and says why.
 */
export const APPEND_ALONE = `
CREATE FUNCTION log.append_alone(
  s_stream text, s_owner text, s_expected integer,
  e_id uuid, e_type text, e_schema_version integer, e_occurred_ms bigint, e_metadata text, e_payload text,
  k_digest uuid, k_scope text, k_request_sha256 text, k_status integer, k_body text, wake boolean
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $alone$
DECLARE
  v_now    timestamptz;
  v_answer text;
BEGIN
  -- Nothing but a look for what log.append refuses in words.
  IF (current_setting('transaction_isolation') = 'read committed'
      AND e_occurred_ms BETWEEN 0 AND ${LATEST_MS}
      AND strpos(e_payload, '\\u') = 0 AND strpos(e_metadata, '\\u') = 0
      AND coalesce(strpos(k_body, '\\u'), 0) = 0
      AND (k_scope IS NULL OR k_scope = s_owner OR NOT starts_with(k_scope, 'ten_'))) IS NOT TRUE THEN
    RETURN NULL;
  END IF;
  -- An answered append is durable, whatever the session's default says.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  -- A statement of its own: those after it see everything that the previous holder committed.
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});
  v_now := date_trunc('milliseconds', clock_timestamp());

  IF k_digest IS NULL THEN${RECORD_EVENT}
      RETURNING ${ANSWER} INTO v_answer;
  ELSE
    WITH e AS (${RECORD_EVENT}
      RETURNING position, recorded_at
    ), k AS (
      INSERT INTO log.idempotent_answers (digest, answered_at, status, scope, request_sha256, body)
      SELECT k_digest, e.recorded_at, k_status, k_scope, k_request_sha256, k_body FROM e
    )
    SELECT ${ANSWER} INTO v_answer FROM e;
  END IF;
  -- It is heard at the commit.
  IF wake AND v_answer IS NOT NULL THEN
    PERFORM pg_notify('${LOG_CHANNEL}', '');
  END IF;
  RETURN v_answer;
END $alone$`;
