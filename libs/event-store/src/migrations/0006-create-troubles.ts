import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What keeps a consumer from going on, and which events operators had it leave out. */
export class CreateTroubles implements MigrationInterface {
  readonly name = 'CreateTroubles0000000000006';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [TROUBLES, SKIPS, OVERVIEW]) await queryRunner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** At most one for each consumer; it goes with the checkpoint, or in the transaction in which the checkpoint passes it. */
const TROUBLES = `
CREATE TABLE consumers.troubles (
  name           text COLLATE "C" PRIMARY KEY
                   REFERENCES consumers.checkpoints ON DELETE CASCADE,
  kind           text COLLATE "C" NOT NULL CHECK (kind IN ('stopped', 'waiting')),
  position       bigint  NOT NULL,
  event_id       uuid,
  stream         text COLLATE "C",
  type           text COLLATE "C" NOT NULL,
  reason         text    NOT NULL,
  may_be_skipped boolean NOT NULL,
  since          timestamptz(3) NOT NULL,
  stopped_at     timestamptz(3) NOT NULL
)`;

/** Written with the checkpoint, so that it says what was left out and not what somebody wanted. */
const SKIPS = `
CREATE TABLE consumers.skips (
  name       text COLLATE "C" REFERENCES consumers.checkpoints ON DELETE CASCADE,
  position   bigint,
  stream     text COLLATE "C" NOT NULL,
  skipped_at timestamptz(3)   NOT NULL,
  PRIMARY KEY (name, position)
)`;

/**
 * Every consumer with how far it trails. A function of the owner's, so that the api needs no access to
 * the tables, and sees the head of the log whatever row-level security lets it see of the events.
 */
const OVERVIEW = `
CREATE FUNCTION consumers.overview(
  OUT name text, OUT "position" bigint, OUT lag_events bigint, OUT lag_ms bigint, OUT owner uuid,
  OUT skipped bigint, OUT kind text, OUT trouble_position bigint, OUT event_id uuid, OUT stream text,
  OUT type text, OUT reason text, OUT may_be_skipped boolean, OUT since timestamptz,
  OUT stopped_at timestamptz
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.name, c.position, greatest(0, head.position - c.position),
         coalesce(greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at) * 1000), 0)::bigint,
         l.owner, (SELECT count(*) FROM consumers.skips s WHERE s.name = c.name),
         t.kind, t.position, t.event_id, t.stream, t.type, t.reason, t.may_be_skipped, t.since,
         t.stopped_at
    FROM consumers.checkpoints c
   CROSS JOIN (SELECT coalesce(max(position), 0) AS position FROM log.events) head
    LEFT JOIN log.events e ON e.position = c.position + 1
    LEFT JOIN consumers.leases l
           ON l.name = 'consumer:' || c.name AND l.lease_until > clock_timestamp()
    LEFT JOIN consumers.troubles t ON t.name = c.name
   ORDER BY c.name
$$`;
