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
 * Appends a group of members, each all or nothing. Arrays run in parallel: m_ one element a member,
 * s_ a written stream (its member by number), g_ a guard, e_ an event (its s_ element by number), c_ a
 * content row. Members that may not go in are dropped whole and listed in `dropped`, worst reason first;
 * the events of the others take the positions after `base` in the order given.
 *
 * The lock is taken in a statement of its own: in READ COMMITTED the statements after it get a snapshot
 * that contains everything the previous holder committed, so versions and max(position) are the latest.
 */
const APPEND = `
CREATE FUNCTION log.append(
  m_metadata text[], m_scope text[], m_route text[], m_key text[],
  m_request_sha256 text[], m_status integer[], m_answer text[],
  s_member integer[], s_stream text[], s_owner text[], s_expected integer[],
  g_member integer[], g_stream text[], g_version integer[],
  e_slot integer[], e_id uuid[], e_type text[], e_schema_version integer[],
  e_occurred_ms bigint[], e_payload text[],
  c_member integer[], c_tenant text[], c_stream text[], c_part integer[],
  c_salt_hex text[], c_body text[],
  OUT base bigint, OUT recorded_ms bigint, OUT dropped json
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $append$
DECLARE
  v_now timestamptz;
  v_dropped integer[] := '{}';
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'log.append needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  -- An answered append is durable, whatever the session's default says.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  PERFORM pg_advisory_xact_lock(${APPEND_LOCK});

  v_now := date_trunc('milliseconds', clock_timestamp());
  SELECT e.position, greatest(v_now, e.recorded_at) INTO base, v_now
    FROM log.events e ORDER BY e.position DESC LIMIT 1;
  IF NOT FOUND THEN
    base := 0;
    v_now := date_trunc('milliseconds', clock_timestamp());
  END IF;

  SELECT array_agg(p.member), json_agg(p ORDER BY p.member, p.rank) INTO v_dropped, dropped FROM (
    SELECT m.member, 0 AS rank, 'answered' AS reason, NULL AS stream, NULL::integer AS expected,
           NULL::integer AS actual, a.request_sha256, a.status, a.body
      FROM unnest(m_scope, m_route, m_key) WITH ORDINALITY AS m (scope, route, key, member)
      JOIN log.idempotent_answers a
        ON a.scope = m.scope AND a.route = m.route AND a.key = m.key
       AND a.answered_at > v_now - interval '24 hours'
    UNION ALL
    SELECT s.member, CASE WHEN h.foreigner THEN 1 ELSE 2 END,
           CASE WHEN h.foreigner THEN 'foreign' ELSE 'conflict' END,
           s.stream, s.expected, coalesce(h.version, 0), NULL, NULL, NULL
      FROM unnest(s_member, s_stream, s_owner, s_expected) AS s (member, stream, owner, expected)
      LEFT JOIN LATERAL (
        SELECT e.version, e.tenant IS DISTINCT FROM s.owner AS foreigner
          FROM log.events e WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1
      ) h ON true
     WHERE coalesce(h.version, 0) <> s.expected OR h.foreigner
    UNION ALL
    SELECT g.member, 3, 'conflict', g.stream, g.version, coalesce(h.version, 0), NULL, NULL, NULL
      FROM unnest(g_member, g_stream, g_version) AS g (member, stream, version)
      LEFT JOIN LATERAL (
        SELECT e.version FROM log.events e WHERE e.stream = g.stream ORDER BY e.version DESC LIMIT 1
      ) h ON true
     WHERE coalesce(h.version, 0) <> g.version
    UNION ALL
    -- Within a group nothing is read again, so whoever touches what an earlier member writes must wait.
    SELECT t.member, 4, 'conflict', t.stream, t.expected,
           s.expected + (SELECT count(*)::integer FROM unnest(e_slot) x WHERE x = s.slot),
           NULL, NULL, NULL
      FROM (SELECT * FROM unnest(s_member, s_stream, s_expected) AS w (member, stream, expected)
            UNION ALL
            SELECT * FROM unnest(g_member, g_stream, g_version)) t
      JOIN unnest(s_member, s_stream, s_expected) WITH ORDINALITY AS s (member, stream, expected, slot)
        ON s.stream = t.stream AND s.member < t.member
     WHERE cardinality(m_metadata) > 1
  ) p;
  v_dropped := coalesce(v_dropped, '{}');

  INSERT INTO log.events (position, event_id, stream, version, tenant, type, schema_version,
                          occurred_at, recorded_at, metadata, payload)
  SELECT base + row_number() OVER (ORDER BY e.nr), e.id, s.stream,
         s.expected + row_number() OVER (PARTITION BY e.slot ORDER BY e.nr), s.owner,
         e.type, e.schema_version, to_timestamp(e.occurred_ms / 1000.0::float8), v_now,
         m.metadata::json, e.payload::json
    FROM unnest(e_slot, e_id, e_type, e_schema_version, e_occurred_ms, e_payload) WITH ORDINALITY
           AS e (slot, id, type, schema_version, occurred_ms, payload, nr)
    JOIN unnest(s_member, s_stream, s_owner, s_expected) WITH ORDINALITY
           AS s (member, stream, owner, expected, slot) ON s.slot = e.slot
    JOIN unnest(m_metadata) WITH ORDINALITY AS m (metadata, member) ON m.member = s.member
   WHERE s.member <> ALL (v_dropped)
   ORDER BY e.nr;

  IF cardinality(c_member) > 0 THEN
    INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
    SELECT c.tenant, c.stream, c.part, c.salt_hex, c.body::json
      FROM unnest(c_member, c_tenant, c_stream, c_part, c_salt_hex, c_body)
             AS c (member, tenant, stream, part, salt_hex, body)
     WHERE c.member <> ALL (v_dropped);
  END IF;

  -- A row that is still there although no member was dropped for it is older than 24 hours.
  INSERT INTO log.idempotent_answers AS a
         (scope, route, key, request_sha256, status, body, answered_at)
  SELECT m.scope, m.route, m.key, m.request_sha256, m.status, m.answer::json, v_now
    FROM unnest(m_scope, m_route, m_key, m_request_sha256, m_status, m_answer) WITH ORDINALITY
           AS m (scope, route, key, request_sha256, status, answer, member)
   WHERE m.key IS NOT NULL AND m.member <> ALL (v_dropped)
  ON CONFLICT (scope, route, key) DO UPDATE
     SET request_sha256 = excluded.request_sha256, status = excluded.status,
         body = excluded.body, answered_at = excluded.answered_at;

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
