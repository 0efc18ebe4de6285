import { ANSWER_SLOTS } from './append-refusals.sql.js';
import { textsOf } from './texts-of.sql.js';

/** Finds out which members may not go in, and why: worst reason first. */
export const JUDGE_EACH_MEMBER = `
  IF k_scope IS NOT NULL THEN
    SELECT array_agg(s_member[k.slot]), array_agg(json_build_object('member', s_member[k.slot],
             'reason', 'answered', 'requestSha256', a.request_sha256, 'status', a.status, 'body', a.body::json))
      INTO v_out, v_found
      FROM unnest(${ANSWER_SLOTS}, k_digest) AS k (slot, digest)
      CROSS JOIN LATERAL (
        SELECT * FROM log.idempotent_answers a
         WHERE a.digest = k.digest AND a.answered_at > v_now - interval '24 hours' LIMIT 1) a;
    v_dropped := v_dropped || v_out;
    v_reasons := v_reasons || v_found;
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
  v_reasons := v_reasons || v_found;

  IF g_stream IS NOT NULL THEN
    SELECT array_agg(g.member), array_agg(json_build_object('member', g.member, 'reason', 'conflict',
             'stream', g.stream, 'expected', g.version, 'actual', coalesce(h.version, 0)))
      INTO v_out, v_found
      FROM unnest(g_member, g_stream, g_version) AS g (member, stream, version)
      LEFT JOIN LATERAL (
        SELECT e.version FROM log.events e
         WHERE e.stream = g.stream ORDER BY e.version DESC LIMIT 1) h ON true
     WHERE coalesce(h.version, 0) <> g.version;
    v_dropped := v_dropped || v_out;
    v_reasons := v_reasons || v_found;
  END IF;

  -- Within a group nothing is read again, so whoever touches what an earlier member writes is dropped.
  SELECT array_agg(t.member), array_agg(json_build_object('member', t.member, 'reason', 'conflict',
           'stream', t.stream, 'expected', t.expected, 'actual', s_expected[t.first_slot]
             + coalesce(coalesce(s_before[t.first_slot + 1], v_events) - s_before[t.first_slot], 1)))
    INTO v_out, v_found
    FROM (SELECT w.*, min(w.slot) OVER (PARTITION BY w.stream) AS first_slot FROM (
            SELECT * FROM unnest(s_member, s_stream, s_expected)
                     WITH ORDINALITY AS s (member, stream, expected, slot)
            UNION ALL
            SELECT *, NULL FROM unnest(g_member, g_stream, g_version)) w) t
   WHERE s_member[t.first_slot] < t.member;
  v_dropped := v_dropped || v_out;
  v_reasons := v_reasons || v_found;`;

/** Records the members that were not dropped, with their content and their answers. */
export const RECORD_THE_REST = `
  INSERT INTO log.events (position, event_id, stream, version, tenant, type, schema_version,
                          occurred_at, recorded_at, metadata, payload)
  SELECT v_base + row_number() OVER (ORDER BY e.nr), e.id, s_stream[e.slot],
         s_expected[e.slot] + e.nr - coalesce(s_before[e.slot], e.nr - 1), s_owner[e.slot],
         e.type, e.schema_version, to_timestamp(e.occurred_ms / 1000.0::float8), v_now,
         e.metadata, e.payload
    FROM (SELECT generate_subscripts(e_id, 1) AS nr,
                 unnest(coalesce(e_slot, ARRAY(SELECT generate_subscripts(s_stream, 1)))) AS slot,
                 unnest(e_id) AS id, unnest(e_type) AS type, unnest(e_schema_version) AS schema_version,
                 unnest(e_occurred_ms) AS occurred_ms, ${textsOf('e_metadata')}::json AS metadata,
                 ${textsOf('e_payload')}::json AS payload) e
   WHERE s_member[e.slot] <> ALL (v_dropped)
   ORDER BY e.nr;

  IF c_slot IS NOT NULL THEN
    INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
    SELECT s_owner[c.slot], s_stream[c.slot], c.part, c.salt_hex, c.body
      FROM (SELECT unnest(c_slot) AS slot, unnest(c_part) AS part, unnest(c_salt_hex) AS salt_hex,
                   ${textsOf('c_body')}::json AS body) c
     WHERE s_member[c.slot] <> ALL (v_dropped);
  END IF;

  -- A row that is still there although no member was dropped for it is older than 24 hours.
  IF k_scope IS NOT NULL THEN
    INSERT INTO log.idempotent_answers
           (digest, answered_at, status, scope, request_sha256, body)
    SELECT k.digest, v_now, k.status, k.scope, k.request_sha256, k.body
      FROM (SELECT unnest(${ANSWER_SLOTS}) AS slot, unnest(k_digest) AS digest, unnest(k_scope) AS scope,
                   unnest(k_request_sha256) AS request_sha256, unnest(k_status) AS status,
                   ${textsOf('k_body')} AS body) k
     WHERE s_member[k.slot] <> ALL (v_dropped)
    ON CONFLICT (digest) DO UPDATE
       SET request_sha256 = excluded.request_sha256, status = excluded.status,
           body = excluded.body, answered_at = excluded.answered_at;
  END IF;`;
