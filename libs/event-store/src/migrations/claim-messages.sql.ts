/**
 * Claims messages that are due, for one sender: never two senders the same, tenants in turn, and of one
 * tenant or webhook no more at a time than the bounds say, over all senders. A webhook whose receiver fails
 * is asked one thing at a time, so that what hangs holds up little. Claims are made one after the other,
 * because two that counted at once would both find room. A claim that ends without a note is made anew.
 */
export const CLAIM_MESSAGES = `
CREATE FUNCTION webhooks.claim(
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
    SELECT m.webhook, m.tenant, count(*) AS of_webhook,
           sum(count(*)) OVER (PARTITION BY m.tenant) AS of_tenant
      FROM webhooks.messages m
     WHERE m.claim IS NOT NULL AND m.due_at > clock_timestamp() AND m.outcome = 'waiting'
     GROUP BY m.webhook, m.tenant
  ), ready AS (
    SELECT due.webhook, due.position, due.due_at, e.tenant,
           row_number() OVER (PARTITION BY e.tenant ORDER BY due.due_at, due.position) AS turn
      FROM webhooks.endpoints e
      LEFT JOIN held h ON h.webhook = e.webhook
     CROSS JOIN LATERAL (
       SELECT m.webhook, m.position, m.due_at FROM webhooks.messages m
        WHERE m.webhook = e.webhook AND m.outcome = 'waiting' AND m.due_at <= clock_timestamp()
        ORDER BY m.due_at, m.position
        LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN p_webhook_max ELSE 1 END
                          - coalesce(h.of_webhook, 0))
          FOR UPDATE SKIP LOCKED) AS due
     WHERE e.status <> 'deleted'
  ), picked AS (
    SELECT r.webhook, r.position FROM ready r
     WHERE r.turn + coalesce((SELECT max(h.of_tenant) FROM held h WHERE h.tenant = r.tenant), 0)
           <= p_tenant_max
     ORDER BY r.turn, r.due_at LIMIT p_most
  ), claimed AS (
    UPDATE webhooks.messages m
       SET claim = p_claim, tries = m.tries + 1, tried_at = clock_timestamp(),
           due_at = clock_timestamp() + p_claim_ms * interval '1 millisecond'
      FROM picked p WHERE m.webhook = p.webhook AND m.position = p.position
    RETURNING m.*
  )
  SELECT c.webhook, c.position, c.message, c.tenant, c.type, c.correlation, c.body, c.tries,
         e.status, e.state,
         (SELECT coalesce(jsonb_object_agg(s.secret_id, encode(s.sealed, 'base64')), '{}')
            FROM webhooks.secrets s WHERE s.webhook = c.webhook)
    FROM claimed c JOIN webhooks.endpoints e ON e.webhook = c.webhook
   ORDER BY c.position;
END $$`;
