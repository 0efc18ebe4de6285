import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What follows the log: leases and checkpoints of its consumers, and the read models made from it. */
export class CreateFollowers implements MigrationInterface {
  readonly name = 'CreateFollowers0000000000003';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...CONSUMERS, ...READ_MODELS]) await queryRunner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

const CONSUMERS = [
  `CREATE TABLE consumers.leases (
     name        text COLLATE "C" PRIMARY KEY,
     owner       uuid        NOT NULL,
     epoch       bigint      NOT NULL,
     lease_until timestamptz NOT NULL
   )`,
  `CREATE TABLE consumers.checkpoints (
     name       text COLLATE "C" PRIMARY KEY,
     position   bigint      NOT NULL,
     updated_at timestamptz NOT NULL
   )`,
];

/** Each row keeps the folded state of its stream, and beside it the columns that lists filter and sort by. */
const READ_MODELS = [
  `CREATE TABLE read.workloads (
     workload_id  text COLLATE "C" PRIMARY KEY,
     tenant_id    text COLLATE "C" NOT NULL,
     batch_id     text COLLATE "C",
     status       text COLLATE "C" NOT NULL,
     isolation    text COLLATE "C",
     host_id      text COLLATE "C",
     submitted_at timestamptz(3) NOT NULL,
     version      integer        NOT NULL,
     state        jsonb          NOT NULL
   )`,
  'CREATE INDEX workloads_by_tenant ON read.workloads (tenant_id, workload_id DESC)',
  'CREATE INDEX workloads_by_status ON read.workloads (tenant_id, status, workload_id DESC)',
  `CREATE INDEX workloads_by_batch ON read.workloads (batch_id, workload_id DESC)
     WHERE batch_id IS NOT NULL`,
  `CREATE TABLE read.batches (
     batch_id     text COLLATE "C" PRIMARY KEY,
     tenant_id    text COLLATE "C" NOT NULL,
     status       text COLLATE "C" NOT NULL,
     submitted_at timestamptz(3) NOT NULL,
     version      integer        NOT NULL,
     state        jsonb          NOT NULL
   )`,
  'CREATE INDEX batches_by_tenant ON read.batches (tenant_id, batch_id DESC)',
  `CREATE TABLE read.tenants (
     tenant_id      text COLLATE "C" PRIMARY KEY,
     name           text           NOT NULL,
     trust          text COLLATE "C" NOT NULL,
     trust_boundary text COLLATE "C" NOT NULL,
     registered_at  timestamptz(3) NOT NULL,
     version        integer        NOT NULL,
     state          jsonb          NOT NULL
   )`,
  `CREATE TABLE read.hosts (
     host_id       text COLLATE "C" PRIMARY KEY,
     name          text           NOT NULL,
     status        text COLLATE "C" NOT NULL,
     registered_at timestamptz(3) NOT NULL,
     version       integer        NOT NULL,
     state         jsonb          NOT NULL
   )`,
  `CREATE TABLE read.credentials (
     credential_id text COLLATE "C" PRIMARY KEY,
     tenant_id     text COLLATE "C",
     role          text COLLATE "C" NOT NULL,
     status        text COLLATE "C" NOT NULL,
     issued_at     timestamptz(3) NOT NULL,
     version       integer        NOT NULL,
     state         jsonb          NOT NULL
   )`,
  'CREATE INDEX credentials_by_tenant ON read.credentials (tenant_id, credential_id DESC)',
];
