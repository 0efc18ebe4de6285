import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The only door through which anything enters the log. */
export class CreateAppend implements MigrationInterface {
  readonly name = 'CreateAppend0000000000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [APPEND, POSITION_AT]) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** Every writer of the log takes this advisory lock; the number has no other meaning. */
const APPEND_LOCK = 1112232780;

/**
 * What no writer may ask for, refused before anyone waits for the lock: then the whole group is refused.
 * EXCEPT compares sets in one pass each, where a join could compare everything with everything.
 */
const REFUSALS = `
  IF EXISTS (SELECT generate_subscripts(s_stream, 1) EXCEPT SELECT unnest(e_slot)) THEN
    RAISE EXCEPTION 'a stream is named that gets no events' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT FROM unnest(c_slot) AS c (slot) WHERE s_owner[c.slot] IS NULL) THEN
    RAISE EXCEPTION 'content belongs to a stream that no tenant owns or that is not written'
      USING ERRCODE = 'check_violation';
  END IF;
  IF cardinality(k_member) > 0 AND EXISTS (
    SELECT k.member, k.scope FROM unnest(k_member, k_scope) AS k (member, scope)
     WHERE starts_with(k.scope, 'ten_')
    EXCEPT SELECT * FROM unnest(s_member, s_owner)) THEN
    RAISE EXCEPTION 'an answer is scoped to a tenant none of whose streams is written'
      USING ERRCODE = 'check_violation';
  END IF;`;

/**
 * Appends a group of members, each all or nothing. Arrays run in parallel: m_ one element a member,
 * s_ a written stream (its member by number), g_ a guard, e_ an event and c_ a content row (each its s_
 * element by number), k_ an idempotency key with its answer. Members that may not go in are dropped whole
 * and listed in `dropped`, worst reason first; the events of the others take the positions after `base`.
 *
 * Content has no tenant or stream of its own: it takes both from the stream that it is written with, and
 * a tenant's answer needs a stream of that tenant. So nobody reaches one tenant's rows through another's.
 *
 * The lock is taken in a statement of its own: in READ COMMITTED the statements after it get a snapshot
 * that contains everything the previous holder committed, so versions and max(position) are the latest.
 * Arrays are looked up by subscript and tables through LATERAL, never joined: plans are made once, before
 * anyone knows how long the arrays are, and a join's plan could be ruinous for the next group.
 */
const APPEND = `
CREATE FUNCTION log.append(
  m_metadata text[],
  s_member integer[], s_stream text[], s_owner text[], s_expected integer[],
  g_member integer[], g_stream text[], g_version integer[],
  e_slot integer[], e_id uuid[], e_type text[], e_schema_version integer[],
  e_occurred_ms bigint[], e_payload text[],
  c_slot integer[], c_part integer[], c_salt_hex text[], c_body text[],
  k_member integer[], k_scope text[], k_route text[], k_key text[],
  k_request_sha256 text[], k_status integer[], k_body text[],
  OUT base bigint, OUT recorded_ms bigint, OUT dropped json[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $append$
DECLARE
  v_last    timestamptz;
  v_now     timestamptz;
  v_out     integer[];
  v_found   json[];
  v_dropped integer[] := '{}';
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'log.append needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
${REFUSALS}
  -- An answered append is durable, whatever the session's default says.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});

  SELECT e.position, e.recorded_at INTO base, v_last FROM log.events e ORDER BY e.position DESC LIMIT 1;
  base := coalesce(base, 0);
  v_now := greatest(date_trunc('milliseconds', clock_timestamp()), v_last);
  dropped := '{}';

  IF cardinality(k_member) > 0 THEN
    SELECT array_agg(k.member), array_agg(json_build_object('member', k.member, 'reason', 'answered',
             'requestSha256', a.request_sha256, 'status', a.status, 'body', a.body))
      INTO v_out, v_found
      FROM unnest(k_member, k_scope, k_route, k_key) AS k (member, scope, route, key)
      CROSS JOIN LATERAL (
        SELECT * FROM log.idempotent_answers a
         WHERE a.scope = k.scope AND a.route = k.route AND a.key = k.key
           AND a.answered_at > v_now - interval '24 hours' LIMIT 1) a;
    v_dropped := v_dropped || v_out;
    dropped := dropped || v_found;
  END IF;

  SELECT array_agg(s.member), array_agg(json_build_object('member', s.member,
           'reason', CASE WHEN h.foreigner THEN 'foreign' ELSE 'conflict' END,
           'stream', s.stream, 'expected', s.expected, 'actual', coalesce(h.version, 0))
           ORDER BY h.foreigner DESC NULLS LAST)
    INTO v_out, v_found
    FROM unnest(s_member, s_stream, s_owner, s_expected) AS s (member, stream, owner, expected)
    LEFT JOIN LATERAL (
      SELECT e.version, e.tenant IS DISTINCT FROM s.owner AS foreigner
        FROM log.events e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1) h ON true
   WHERE coalesce(h.version, 0) <> s.expected OR h.foreigner;
  v_dropped := v_dropped || v_out;
  dropped := dropped || v_found;

  IF cardinality(g_member) > 0 THEN
    SELECT array_agg(g.member), array_agg(json_build_object('member', g.member, 'reason', 'conflict',
             'stream', g.stream, 'expected', g.version, 'actual', coalesce(h.version, 0)))
      INTO v_out, v_found
      FROM unnest(g_member, g_stream, g_version) AS g (member, stream, version)
      LEFT JOIN LATERAL (
        SELECT e.version FROM log.events e
         WHERE e.stream = g.stream ORDER BY e.version DESC LIMIT 1) h ON true
     WHERE coalesce(h.version, 0) <> g.version;
    v_dropped := v_dropped || v_out;
    dropped := dropped || v_found;
  END IF;

  -- Within a group nothing is read again, so whoever touches what an earlier member writes is dropped.
  IF cardinality(m_metadata) > 1 THEN
    SELECT array_agg(t.member), array_agg(json_build_object('member', t.member, 'reason', 'conflict',
             'stream', t.stream, 'expected', t.expected, 'actual', s_expected[t.first_slot]
               + (SELECT count(*) FROM unnest(e_slot) AS x WHERE x = t.first_slot)))
      INTO v_out, v_found
      FROM (SELECT w.*, min(w.slot) OVER (PARTITION BY w.stream) AS first_slot FROM (
              SELECT * FROM unnest(s_member, s_stream, s_expected)
                       WITH ORDINALITY AS s (member, stream, expected, slot)
              UNION ALL
              SELECT *, NULL FROM unnest(g_member, g_stream, g_version)) w) t
     WHERE s_member[t.first_slot] < t.member;
    v_dropped := v_dropped || v_out;
    dropped := dropped || v_found;
  END IF;

  INSERT INTO log.events (position, event_id, stream, version, tenant, type, schema_version,
                          occurred_at, recorded_at, metadata, payload)
  SELECT base + row_number() OVER (ORDER BY e.nr), e.id, s_stream[e.slot],
         s_expected[e.slot] + row_number() OVER (PARTITION BY e.slot ORDER BY e.nr), s_owner[e.slot],
         e.type, e.schema_version, to_timestamp(e.occurred_ms / 1000.0::float8), v_now,
         m_metadata[s_member[e.slot]]::json, e.payload::json
    FROM unnest(e_slot, e_id, e_type, e_schema_version, e_occurred_ms, e_payload) WITH ORDINALITY
           AS e (slot, id, type, schema_version, occurred_ms, payload, nr)
   WHERE s_member[e.slot] <> ALL (v_dropped)
   ORDER BY e.nr;

  IF cardinality(c_slot) > 0 THEN
    INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
    SELECT s_owner[c.slot], s_stream[c.slot], c.part, c.salt_hex, c.body::json
      FROM unnest(c_slot, c_part, c_salt_hex, c_body) AS c (slot, part, salt_hex, body)
     WHERE s_member[c.slot] <> ALL (v_dropped);
  END IF;

  -- A row that is still there although no member was dropped for it is older than 24 hours.
  IF cardinality(k_member) > 0 THEN
    INSERT INTO log.idempotent_answers
           (scope, route, key, request_sha256, status, body, answered_at)
    SELECT k.scope, k.route, k.key, k.request_sha256, k.status, k.body::json, v_now
      FROM unnest(k_member, k_scope, k_route, k_key, k_request_sha256, k_status, k_body)
             AS k (member, scope, route, key, request_sha256, status, body)
     WHERE k.member <> ALL (v_dropped)
    ON CONFLICT (scope, route, key) DO UPDATE
       SET request_sha256 = excluded.request_sha256, status = excluded.status,
           body = excluded.body, answered_at = excluded.answered_at;
  END IF;

  recorded_ms := (extract(epoch FROM v_now) * 1000)::bigint;
END $append$`;

/** The last position recorded at or before a time: binary search, because recorded_at never goes backwards. */
const POSITION_AT = `
CREATE FUNCTION log.position_at(at timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low  bigint := 0;
  high bigint := coalesce((SELECT max(position) FROM log.events), 0);
  mid  bigint;
BEGIN
  WHILE low < high LOOP
    mid := (low + high + 1) / 2;
    IF (SELECT e.recorded_at FROM log.events e WHERE e.position = mid) <= at THEN
      low := mid;
    ELSE
      high := mid - 1;
    END IF;
  END LOOP;
  RETURN low;
END $$`;
