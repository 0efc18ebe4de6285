import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps the moment at which a message is due as exactly as the clock tells it. Rounded to milliseconds, what
 * was due at once was due up to half a millisecond later, and a sender that asked meanwhile was given nothing.
 * A column that only becomes more exact is not written anew, so this takes no longer for a full table.
 */
export class DueToTheMicrosecond implements MigrationInterface {
  readonly name = 'DueToTheMicrosecond0000000000024';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE webhooks.messages ALTER COLUMN due_at TYPE timestamptz');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}
