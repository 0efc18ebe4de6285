import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What workloads write to stdout and stderr: beside the log, a tenant's own, and deleted after a while. */
export class CreateOutput implements MigrationInterface {
  readonly name = 'CreateOutput0000000000015';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...ERASURE, SWEEP]) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA output FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** A compute system's output has one row, which says how much of it is stored, and one for each chunk. */
const TABLES = [
  `CREATE TABLE output.captures (
     compute_system text COLLATE "C" PRIMARY KEY,
     tenant         text COLLATE "C" NOT NULL,
     workload       text COLLATE "C" NOT NULL,
     attempt        integer          NOT NULL CHECK (attempt > 0),
     next_offset    integer          NOT NULL CHECK (next_offset >= 0),
     cost           bigint           NOT NULL,
     cut            boolean          NOT NULL,
     ended_at       timestamptz(3)
   )`,
  'CREATE INDEX captures_by_workload ON output.captures (workload, attempt)',
  'CREATE INDEX captures_by_end ON output.captures (ended_at) WHERE ended_at IS NOT NULL',
  `CREATE TABLE output.chunks (
     compute_system text COLLATE "C" NOT NULL REFERENCES output.captures ON DELETE CASCADE,
     chunk_offset   integer          NOT NULL,
     tenant         text COLLATE "C" NOT NULL,
     written_at     timestamptz(3)   NOT NULL,
     stream         text COLLATE "C" NOT NULL CHECK (stream IN ('stdout', 'stderr', 'notice')),
     body           text             NOT NULL,
     PRIMARY KEY (compute_system, chunk_offset)
   )`,
];

/** Whoever erases what a tenant said to a workload erases what the workload said, too. */
const ERASURE = [
  `CREATE FUNCTION output.erase_with_content() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     DELETE FROM output.captures c USING erased e
      WHERE c.workload = e.stream AND c.tenant = e.tenant;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER erase_output AFTER DELETE ON log.contents REFERENCING OLD TABLE AS erased
     FOR EACH STATEMENT EXECUTE FUNCTION output.erase_with_content()`,
];

/**
 * Forgets the output of attempts that ended so many days ago, at most 1,000 of them a call, however many
 * are asked for. Workers that sweep at the same time share the work instead of waiting for each other.
 */
const SWEEP = `
CREATE FUNCTION output.sweep(older_than_days integer, at_most integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  swept integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM output.captures c USING (
    SELECT o.compute_system FROM output.captures o
     WHERE o.ended_at <= clock_timestamp() - make_interval(days => greatest(older_than_days, 1))
     ORDER BY o.ended_at LIMIT least(greatest(at_most, 0), 1000) FOR UPDATE SKIP LOCKED) AS old
   WHERE c.compute_system = old.compute_system;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END $$`;
