import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The read model of schedules, and what bounds how many of them a tenant has. */
export class CreateSchedules implements MigrationInterface {
  readonly name = 'CreateSchedules0000000000016';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...READ_MODEL, ANNOUNCED, ADMIT]) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON FUNCTION limits.admit_schedule FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** Its first generation is live at once: before this migration there was no schedule that it could miss. */
const READ_MODEL = [
  `CREATE TABLE read.schedules (
     generation  integer NOT NULL,
     schedule_id text COLLATE "C" NOT NULL,
     tenant_id   text COLLATE "C" NOT NULL,
     status      text COLLATE "C" NOT NULL,
     version     integer NOT NULL,
     state       jsonb   NOT NULL,
     PRIMARY KEY (generation, schedule_id)
   )`,
  'CREATE INDEX schedules_by_tenant ON read.schedules (generation, tenant_id, schedule_id DESC)',
  `INSERT INTO read.generations
     (projection, version, request, state, target_position, begun_at, live_since)
   VALUES ('schedules', 1, 0, 'live', 0, clock_timestamp(), clock_timestamp())`,
];

/** Schedules that were let in and that the read model may not show yet. */
const ANNOUNCED = `
CREATE TABLE limits.announced_schedules (
  schedule     text COLLATE "C" PRIMARY KEY,
  tenant       text COLLATE "C" NOT NULL,
  announced_at timestamptz      NOT NULL
)`;

/**
 * Lets a schedule in where the tenant has room for one. The tenant's row is locked until the end, so two
 * of them never take the same room. What was let in is forgotten once the read model shows it, or when
 * nothing was recorded of it within a minute.
 */
const ADMIT = `
CREATE FUNCTION limits.admit_schedule(
  p_tenant text, p_schedule text, p_max integer, OUT refused boolean, OUT schedules bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_generation integer := (SELECT g.generation FROM read.generations g
                            WHERE g.projection = 'schedules' AND g.state = 'live');
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO limits.windows VALUES (p_tenant, clock_timestamp(), 0) ON CONFLICT DO NOTHING;
  PERFORM FROM limits.windows w WHERE w.tenant = p_tenant FOR UPDATE;
  DELETE FROM limits.announced_schedules a
   WHERE a.tenant = p_tenant
     AND (EXISTS (SELECT FROM read.schedules s
                   WHERE s.generation = v_generation AND s.schedule_id = a.schedule)
       OR (a.announced_at < clock_timestamp() - interval '1 minute'
           AND NOT EXISTS (SELECT FROM log.events e WHERE e.stream = a.schedule)));
  SELECT (SELECT count(*) FROM read.schedules s
           WHERE s.generation = v_generation AND s.tenant_id = p_tenant AND s.status <> 'deleted')
       + (SELECT count(*) FROM limits.announced_schedules a
           WHERE a.tenant = p_tenant AND a.schedule <> p_schedule)
    INTO schedules;
  refused := schedules >= p_max;
  IF NOT refused THEN
    INSERT INTO limits.announced_schedules VALUES (p_schedule, p_tenant, clock_timestamp())
      ON CONFLICT DO NOTHING;
  END IF;
END $$`;
