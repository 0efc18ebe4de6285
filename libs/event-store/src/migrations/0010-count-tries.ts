import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often a consumer has stopped before the same event, so that an operator sees that it was tried again. */
export class CountTries implements MigrationInterface {
  readonly name = 'CountTries0000000000010';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [TRIES, DROP, OVERVIEW]) await queryRunner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

const TRIES = 'ALTER TABLE consumers.troubles ADD COLUMN tries integer NOT NULL DEFAULT 1';

/** What a function returns cannot be changed where it stands. */
const DROP = 'DROP FUNCTION consumers.overview';

/** As before, and how often it was tried. */
const OVERVIEW = `
CREATE FUNCTION consumers.overview(
  OUT name text, OUT "position" bigint, OUT lag_events bigint, OUT lag_ms bigint, OUT owner uuid,
  OUT skipped bigint, OUT kind text, OUT trouble_position bigint, OUT event_id uuid, OUT stream text,
  OUT type text, OUT reason text, OUT may_be_skipped boolean, OUT since timestamptz,
  OUT stopped_at timestamptz, OUT tries bigint
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.name, c.position, greatest(0, head.position - c.position),
         coalesce(greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at) * 1000), 0)::bigint,
         l.owner, (SELECT count(*) FROM consumers.skips s WHERE s.name = c.name),
         t.kind, t.position, t.event_id, t.stream, t.type, t.reason, t.may_be_skipped, t.since,
         t.stopped_at, t.tries::bigint
    FROM consumers.checkpoints c
   CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM log.events) head
    LEFT JOIN log.events e ON e.position = c.position + 1
    LEFT JOIN consumers.leases l
           ON l.name = 'consumer:' || c.name AND l.lease_until > clock_timestamp()
    LEFT JOIN consumers.troubles t ON t.name = c.name
   ORDER BY c.name
$$`;
