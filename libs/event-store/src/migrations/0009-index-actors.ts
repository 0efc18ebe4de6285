import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets an auditor ask what somebody did without a scan of the whole log. */
export class IndexActors implements MigrationInterface {
  readonly name = 'IndexActors0000000000009';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(EVENTS_BY_ACTOR);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** The expression is repeated by `read-audit.ts`, letter by letter, or the index would not be used. */
const EVENTS_BY_ACTOR = `
  CREATE INDEX events_by_actor
      ON log.events (((metadata #>> '{actor,id}') COLLATE "C"), position)`;
