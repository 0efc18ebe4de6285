import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Read models get generations: rows of several side by side in one table, of which readers see the live
 * one, so that a projection can be rebuilt beside it. What was there before becomes the first generation.
 */
export class CreateGenerations implements MigrationInterface {
  readonly name = 'CreateGenerations0000000000005';

  async up(queryRunner: QueryRunner): Promise<void> {
    const statements = [
      ...GENERATIONS,
      ...TABLES.flatMap(withGeneration),
      ...INDEXES,
      ...POLICIES,
      ...CHECKPOINTS,
    ];
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** Numbers are never used twice, so that nothing of a generation that is gone can be taken for a new one's. */
const GENERATIONS = [
  `CREATE TABLE read.generations (
     generation      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     projection      text COLLATE "C" NOT NULL,
     version         integer     NOT NULL CHECK (version > 0),
     request         integer     NOT NULL,
     state           text COLLATE "C" NOT NULL CHECK (state IN ('building', 'live', 'retired')),
     target_position bigint      NOT NULL,
     begun_at        timestamptz(3) NOT NULL,
     live_since      timestamptz(3)
   )`,
  `CREATE UNIQUE INDEX generations_one_of_a_kind ON read.generations (projection, state)
     WHERE state IN ('building', 'live')`,
  `INSERT INTO read.generations
     (projection, version, request, state, target_position, begun_at, live_since)
   SELECT projection, 1, 0, 'live', 0, clock_timestamp(), clock_timestamp()
     FROM unnest('{workloads,batches,tenants,hosts,credentials,policies}'::text[])
            WITH ORDINALITY AS p (projection, nr) ORDER BY nr`,
];

/** In the order of their first generations, 1 to 5. */
const TABLES = [
  ['workloads', 'workload_id'],
  ['batches', 'batch_id'],
  ['tenants', 'tenant_id'],
  ['hosts', 'host_id'],
  ['credentials', 'credential_id'],
] as const;

function withGeneration([table, id]: (typeof TABLES)[number], index: number): string[] {
  return [
    `ALTER TABLE read.${table} ADD COLUMN generation integer NOT NULL DEFAULT ${index + 1}`,
    `ALTER TABLE read.${table} ALTER COLUMN generation DROP DEFAULT`,
    `ALTER TABLE read.${table} DROP CONSTRAINT ${table}_pkey`,
    `ALTER TABLE read.${table} ADD PRIMARY KEY (generation, ${id})`,
  ];
}

/** A list reads one generation, so its number leads every index that a list goes by. */
const INDEXES = [
  'DROP INDEX read.workloads_by_tenant, read.workloads_by_status, read.workloads_by_batch',
  'DROP INDEX read.batches_by_tenant, read.credentials_by_tenant',
  'CREATE INDEX workloads_by_tenant ON read.workloads (generation, tenant_id, workload_id DESC)',
  `CREATE INDEX workloads_by_status
     ON read.workloads (generation, tenant_id, status, workload_id DESC)`,
  `CREATE INDEX workloads_by_batch ON read.workloads (generation, batch_id, workload_id DESC)
     WHERE batch_id IS NOT NULL`,
  'CREATE INDEX batches_by_tenant ON read.batches (generation, tenant_id, batch_id DESC)',
  'CREATE INDEX credentials_by_tenant ON read.credentials (generation, tenant_id, credential_id DESC)',
];

/** The policy's own stream grows with every change of policy, and every submission decides from it. */
const POLICIES = [
  `CREATE TABLE read.policies (
     generation integer NOT NULL,
     policy     text COLLATE "C" NOT NULL,
     version    integer NOT NULL,
     state      jsonb   NOT NULL,
     PRIMARY KEY (generation, policy)
   )`,
];

/** Each generation is a consumer of its own. */
const CHECKPOINTS = [
  `UPDATE consumers.checkpoints c SET name = g.projection || '@' || g.generation
     FROM read.generations g WHERE c.name = g.projection`,
];
