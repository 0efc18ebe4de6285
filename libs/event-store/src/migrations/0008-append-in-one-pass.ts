import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APPEND_IN_ONE_PASS } from './append-in-one-pass.sql.js';

/** The same door into the log, several times cheaper for a group that meets no conflict. */
export class AppendInOnePass implements MigrationInterface {
  readonly name = 'AppendInOnePass0000000000008';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION log.append');
    await queryRunner.query(APPEND_IN_ONE_PASS);
    await queryRunner.query('REVOKE ALL ON FUNCTION log.append FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}
