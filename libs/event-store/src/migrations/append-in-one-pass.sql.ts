import { LOG_CHANNEL } from '../log/log-notifier.js';
import { APPEND_LOCK } from './append-alone.sql.js';
import { APPEND_REFUSALS } from './append-refusals.sql.js';
import { JUDGE_EACH_MEMBER, RECORD_THE_REST } from './judge-each-member.sql.js';
import { textsOf } from './texts-of.sql.js';

const EVENT_COLUMNS = `position, event_id, stream, version, tenant, type, schema_version,
                            occurred_at, recorded_at, metadata, payload`;
const OCCURRED_AT = 'to_timestamp(e.occurred_ms / 1000.0::float8)';

/** The position before the first recorded event and when they were recorded, in milliseconds. */
const ANSWER = "v_base || ' ' || (extract(epoch FROM v_now) * 1000)::bigint";

/** Each group element's own columns. Functions that return rows are several times cheaper here than in FROM. */
const OWN_COLUMNS = `generate_subscripts(e_id, 1) AS nr, unnest(e_id) AS id, unnest(e_type) AS type,
             unnest(e_schema_version) AS schema_version, unnest(e_occurred_ms) AS occurred_ms,
             ${textsOf('e_metadata')}::json AS metadata, ${textsOf('e_payload')}::json AS payload`;

/** Nobody has conflicted so far: streams, events, contents and answers go in as they came. */
const RECORD_ALL = `
      IF e_slot IS NULL THEN
        INSERT INTO log.events (${EVENT_COLUMNS})
        SELECT v_base + e.nr, e.id, e.stream, e.expected + 1, e.owner, e.type, e.schema_version,
               ${OCCURRED_AT}, v_now, e.metadata, e.payload
          FROM (SELECT ${OWN_COLUMNS}, unnest(s_stream) AS stream, unnest(s_owner) AS owner,
                       unnest(s_expected) AS expected) e;
      ELSE
        INSERT INTO log.events (${EVENT_COLUMNS})
        SELECT v_base + e.nr, e.id, s_stream[e.slot], s_expected[e.slot] + e.nr - s_before[e.slot],
               s_owner[e.slot], e.type, e.schema_version,
               ${OCCURRED_AT}, v_now, e.metadata, e.payload
          FROM (SELECT ${OWN_COLUMNS}, unnest(e_slot) AS slot) e;
      END IF;`;

/** What stands beside the events of members that all went in: contents, then answers. */
const CONTENTS_OF_ALL = `
    IF c_slot IS NOT NULL THEN
      INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
      SELECT s_owner[c.slot], s_stream[c.slot], c.part, c.salt_hex, c.body
        FROM (SELECT unnest(c_slot) AS slot, unnest(c_part) AS part, unnest(c_salt_hex) AS salt_hex,
                     ${textsOf('c_body')}::json AS body) c;
    END IF;`;

const ANSWERS_OF_ALL = `
      IF k_scope IS NOT NULL THEN
        INSERT INTO log.idempotent_answers
               (digest, answered_at, status, scope, request_sha256, body)
        SELECT unnest(k_digest), v_now, unnest(k_status), unnest(k_scope), unnest(k_request_sha256),
               ${textsOf('k_body')};
      END IF;`;

/**
 * Appends a group of members, each all or nothing. Parameters run in parallel: s_ a written stream (its
 * member by number, members counted from 1), e_ an event, g_ a guard, c_ a content row and k_ an
 * idempotency key, by its digest, with its answer (each with the number of the stream, its slot, that it
 * stands with); JSON comes as one text, value after value (`textsOf`);
 * those that nobody in the group has are NULL. Events stand in the order of their slots: those of slot s
 * follow the first `s_before[s]`. Where every stream gets one event, `e_slot` and `s_before` are NULL;
 * where the first answer stands with the first stream, and so on, `k_slot` is.
 * Members that may not go in are dropped whole and listed in `dropped`, worst reason first; the events of
 * the others take the positions after `base`.
 *
 * Content has no tenant or stream of its own: it takes both from the stream that it is written with, and
 * a tenant's answer needs a stream of that tenant. So nobody reaches one tenant's rows through another's.
 *
 * The lock is taken in a statement of its own: in READ COMMITTED the statements after it get a snapshot
 * that contains everything the previous holder committed, so versions and max(position) are the latest.
 * Nearly always all members may go in, so that is tried first, in as few statements as possible: whoever
 * goes on from a version is looked up, while of a new stream or key the unique indexes say whether it is
 * new. Only where somebody may not, each member is judged; nothing of the first try is left by then.
 *
 * Tables are looked up row by row, never joined: plans are made once, before anyone knows how long the
 * arrays are, and a join's plan could be ruinous for the next group.
 */
export const APPEND_IN_ONE_PASS = `
CREATE FUNCTION log.append(
  s_member integer[], s_stream text[], s_owner text[], s_expected integer[], s_before integer[],
  e_slot integer[], e_id uuid[], e_type text[], e_schema_version integer[],
  e_occurred_ms bigint[], e_metadata text, e_payload text,
  g_member integer[], g_stream text[], g_version integer[],
  c_slot integer[], c_part integer[], c_salt_hex text[], c_body text,
  k_slot integer[], k_digest uuid[], k_scope text[],
  k_request_sha256 text[], k_status integer[], k_body text, wake boolean DEFAULT false
) RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $append$
DECLARE
  v_events  integer := cardinality(e_id);
  v_base    bigint;
  v_last    timestamptz;
  v_now     timestamptz;
  v_plain   boolean := true;
  v_out     integer[];
  v_found   json[];
  v_dropped integer[] := '{}';
  v_reasons json[] := '{}';
BEGIN
${APPEND_REFUSALS}
  -- An answered append is durable, whatever the session's default says.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});

  v_now := date_trunc('milliseconds', clock_timestamp());
  -- A wake-up is heard at the commit, and in a transaction of its own would pay for another one.
  IF wake THEN
    PERFORM pg_notify('${LOG_CHANNEL}', '');
  END IF;

  SELECT e.position, e.recorded_at INTO v_base, v_last FROM log.events e ORDER BY e.position DESC LIMIT 1;
  v_base := coalesce(v_base, 0);
  v_now := greatest(v_now, v_last);

  IF 0 < ANY (s_expected) THEN
    v_plain := NOT EXISTS (
      SELECT FROM (SELECT unnest(s_stream) AS stream, unnest(s_owner) AS owner,
                          unnest(s_expected) AS expected) s
       WHERE s.expected > 0
         AND (SELECT e.version = s.expected AND e.tenant IS NOT DISTINCT FROM s.owner
                FROM log.events e WHERE e.stream = s.stream
               ORDER BY e.version DESC LIMIT 1) IS NOT TRUE);
  END IF;
  IF g_stream IS NOT NULL AND v_plain THEN
    v_plain := NOT EXISTS (
      SELECT FROM (SELECT unnest(g_stream) AS stream, unnest(g_version) AS version) g
       WHERE g.version <> coalesce((SELECT e.version FROM log.events e WHERE e.stream = g.stream
                                     ORDER BY e.version DESC LIMIT 1), 0))
      -- Whoever guards what another member writes is judged with it.
      AND NOT EXISTS (SELECT unnest(g_stream) INTERSECT SELECT unnest(s_stream));
  END IF;

  IF v_plain THEN
    BEGIN${RECORD_ALL}
${CONTENTS_OF_ALL}
${ANSWERS_OF_ALL}
      RETURN ${ANSWER};
    EXCEPTION WHEN unique_violation THEN
      -- A stream or a key that was taken for new is not: whose, is found out below.
    END;
  END IF;
${JUDGE_EACH_MEMBER}
${RECORD_THE_REST}
  RETURN ${ANSWER} || ' ' || array_to_json(v_reasons);
END $append$`;
