import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a worker has last seen of each queue of jobs, wherever the queues are. */
export class TellOfQueues implements MigrationInterface {
  readonly name = 'TellOfQueues0000000000017';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(QUEUES);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** `failures` are the newest jobs that have failed for good: ids, times and the error, nothing that a tenant wrote. */
const QUEUES = `
CREATE TABLE consumers.queues (
  name              text COLLATE "C" PRIMARY KEY,
  datastore         text COLLATE "C" NOT NULL CHECK (datastore IN ('postgres', 'redis')),
  answers           boolean NOT NULL,
  waiting           integer NOT NULL,
  active            integer NOT NULL,
  delayed           integer NOT NULL,
  failed            integer NOT NULL,
  oldest_waiting_at timestamptz(3),
  newest_failure_at timestamptz(3),
  failures          json NOT NULL,
  told_at           timestamptz(3) NOT NULL
)`;
