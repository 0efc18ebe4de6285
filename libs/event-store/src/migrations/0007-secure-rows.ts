import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What row-level security needs around it. The policies themselves name the login roles, which no
 * migration knows, and stand in `row-security.ts`.
 */
export class SecureRows implements MigrationInterface {
  readonly name = 'SecureRows0000000000007';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [LAST_POSITION, ANSWERS_BY_AGE, SWEEP_ANSWERS]) {
      await queryRunner.query(statement);
    }
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** The api sees its tenant's rows only, but must know how far the log is for those who wait for that. */
const LAST_POSITION = `
CREATE FUNCTION log.last_position() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT e.position FROM log.events e ORDER BY e.position DESC LIMIT 1), 0);
END $$`;

/** Rows come in the order of their age, so that an insert finds its place at the end of this index. */
const ANSWERS_BY_AGE = 'CREATE INDEX answers_by_age ON log.idempotent_answers (answered_at)';

/**
 * Forgets answers that no request can get any more: older than 24 hours, at most 10,000 a call, however
 * many are asked for. A row that an append is just replacing is left alone, so neither waits for the
 * other. What a crash undoes the next call does again, hence nobody waits for the flush.
 */
const SWEEP_ANSWERS = `
CREATE FUNCTION log.sweep_answers(at_most integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  swept integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM log.idempotent_answers a USING (
    SELECT o.scope, o.route, o.key FROM log.idempotent_answers o
     WHERE o.answered_at <= clock_timestamp() - interval '24 hours'
     ORDER BY o.answered_at LIMIT least(greatest(at_most, 0), 10000) FOR UPDATE SKIP LOCKED) AS old
   WHERE a.scope = old.scope AND a.route = old.route AND a.key = old.key;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END $$`;
