import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants name a message by its id when they want it sent again. */
export class IndexMessages implements MigrationInterface {
  readonly name = 'IndexMessages0000000000019';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE INDEX messages_by_id ON webhooks.messages (webhook, message)');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}
