/** SQL: the slot of each answer. */
export const ANSWER_SLOTS = 'coalesce(k_slot, ARRAY(SELECT generate_subscripts(k_scope, 1)))';

/** No tree takes a time that has no words in RFC 3339, and nothing takes an event back. */
export const LATEST_MS = 253_402_300_799_999;

/**
 * U+0000 and half a surrogate pair, escaped: a json column takes both, and whoever makes text of them fails.
 * Other escapes stand in canonical JSON too, and a backslash that is itself escaped begins none.
 */
const UNREADABLE = '(?<!\\\\)(\\\\\\\\)*\\\\u(0000|[dD][89a-fA-F])';

const EACH_REFUSAL = `
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RAISE EXCEPTION 'log.append needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    -- Elements counted from elsewhere would be checked in one place and recorded from another.
    IF (array_lower(s_member, 1) = 1 AND array_lower(s_stream, 1) = 1 AND array_lower(s_owner, 1) = 1
        AND array_lower(s_expected, 1) = 1 AND array_lower(e_id, 1) = 1
        AND (e_slot IS NULL) = (s_before IS NULL)) IS NOT TRUE THEN
      RAISE EXCEPTION 'members, streams and events are counted from 1' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM unnest(ARRAY[e_payload, e_metadata, c_body, k_body]) AS written
                WHERE written ~ '${UNREADABLE}') THEN
      RAISE EXCEPTION 'JSON holds U+0000 or a lone surrogate' USING ERRCODE = 'untranslatable_character';
    END IF;
    IF 0 > ANY (e_occurred_ms) OR ${LATEST_MS} < ANY (e_occurred_ms) THEN
      RAISE EXCEPTION 'an event has a time that no log writes' USING ERRCODE = 'check_violation';
    END IF;
    IF e_slot IS NULL THEN
      IF v_events <> cardinality(s_stream) THEN
        RAISE EXCEPTION 'a stream is named that gets no events' USING ERRCODE = 'check_violation';
      END IF;
    ELSIF s_before[1] <> 0 OR EXISTS (
      SELECT FROM generate_subscripts(s_stream, 1) AS s
       WHERE (s_before[s] < coalesce(s_before[s + 1], v_events)) IS NOT TRUE)
       OR EXISTS (
      SELECT FROM (SELECT generate_subscripts(e_id, 1) AS nr, unnest(e_slot) AS slot) e
       WHERE (e.nr > s_before[e.slot] AND e.nr <= coalesce(s_before[e.slot + 1], v_events)) IS NOT TRUE) THEN
      RAISE EXCEPTION 'a stream is named that gets no events' USING ERRCODE = 'check_violation';
    END IF;`;

/** What no writer may ask for, refused before anyone waits for the lock: then the whole group is refused. */
export const APPEND_REFUSALS = `
  -- Nearly always one look suffices; only where it does not, it is asked what is wrong.
  IF (current_setting('transaction_isolation') = 'read committed'
      AND array_lower(s_member, 1) = 1 AND array_lower(s_stream, 1) = 1 AND array_lower(s_owner, 1) = 1
      AND array_lower(s_expected, 1) = 1 AND array_lower(e_id, 1) = 1
      AND e_slot IS NULL AND s_before IS NULL AND v_events = cardinality(s_stream)
      AND strpos(e_payload, '\\u') = 0 AND strpos(e_metadata, '\\u') = 0
      AND coalesce(strpos(c_body, '\\u'), 0) = 0 AND coalesce(strpos(k_body, '\\u'), 0) = 0
      AND 0 <= ALL (e_occurred_ms) AND ${LATEST_MS} >= ALL (e_occurred_ms)) IS NOT TRUE THEN
${EACH_REFUSAL}
  END IF;
  -- An IF whose condition holds a query costs a query even where its first half is false: hence two.
  IF c_slot IS NOT NULL THEN
    IF EXISTS (SELECT FROM (SELECT unnest(c_slot) AS slot) c WHERE s_owner[c.slot] IS NULL) THEN
      RAISE EXCEPTION 'content belongs to a stream that no tenant owns or that is not written'
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  -- Nearly always the first answer's scope owns the first stream, and so on: then nothing is looked up.
  IF k_scope IS NOT NULL AND (k_slot IS NOT NULL OR k_scope IS DISTINCT FROM s_owner) THEN
    IF EXISTS (
      SELECT FROM (SELECT unnest(${ANSWER_SLOTS}) AS slot, unnest(k_scope) AS scope) k
       WHERE s_stream[k.slot] IS NULL
          OR starts_with(k.scope, 'ten_') AND s_owner[k.slot] IS DISTINCT FROM k.scope) THEN
      RAISE EXCEPTION 'an answer is scoped to a tenant none of whose streams is written'
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;`;
