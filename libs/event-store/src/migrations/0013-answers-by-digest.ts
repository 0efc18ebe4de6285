import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPEND_ALONE } from './append-alone.sql.js';
import { APPEND_IN_ONE_PASS } from './append-in-one-pass.sql.js';

/** Smaller rows for stored answers, found by a digest of their key, and a way of its own for a lone event. */
export class AnswersByDigest implements MigrationInterface {
  readonly name = 'AnswersByDigest0000000000013';

  async up(queryRunner: QueryRunner): Promise<void> {
    const functions = ['DROP FUNCTION log.append', APPEND_IN_ONE_PASS, APPEND_ALONE, SWEEP_ANSWERS];
    for (const statement of [...TABLE, ...functions]) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** What `answer-digest.ts` computes: answers of the last day are found under it as well. */
const DIGEST = `encode(substr(sha256(convert_to(
  concat_ws(E'\\n', scope, route, key), 'UTF8')), 1, 16), 'hex')::uuid`;

/**
 * Its policies and grants are stated after the migrations. Nothing in Postgres looks into an answer, so
 * its JSON is text. Age has an index because rows come in its order, so that an insert finds its place at the end.
 */
const TABLE = [
  'ALTER TABLE log.idempotent_answers RENAME TO answers_by_key',
  `CREATE TABLE log.idempotent_answers (
     digest         uuid             NOT NULL,
     answered_at    timestamptz(3)   NOT NULL,
     status         integer          NOT NULL,
     scope          text COLLATE "C" NOT NULL,
     request_sha256 text COLLATE "C" NOT NULL,
     body           text COLLATE "C" NOT NULL
   )`,
  `INSERT INTO log.idempotent_answers (digest, answered_at, status, scope, request_sha256, body)
   SELECT ${DIGEST}, answered_at, status, scope, request_sha256, body::text FROM log.answers_by_key`,
  'DROP TABLE log.answers_by_key',
  'ALTER TABLE log.idempotent_answers ADD PRIMARY KEY (digest)',
  'CREATE INDEX answers_by_age ON log.idempotent_answers (answered_at)',
];

/** As before, by digest. */
const SWEEP_ANSWERS = `
CREATE OR REPLACE FUNCTION log.sweep_answers(at_most integer) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  swept integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM log.idempotent_answers a USING (
    SELECT o.digest FROM log.idempotent_answers o
     WHERE o.answered_at <= clock_timestamp() - interval '24 hours'
     ORDER BY o.answered_at LIMIT least(greatest(at_most, 0), 10000) FOR UPDATE SKIP LOCKED) AS old
   WHERE a.digest = old.digest;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END $$`;
