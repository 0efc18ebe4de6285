import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The same counts, planned once for each session instead of anew for each row that was announced. */
export class CountPendingAtOnce implements MigrationInterface {
  readonly name = 'CountPendingAtOnce0000000000012';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [PENDING_OF, FORGET_SEEN, 'DROP FUNCTION limits.seen_of']) {
      await queryRunner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

const live = (projection: string) =>
  `(SELECT g.generation FROM read.generations g WHERE g.projection = '${projection}' AND g.state = 'live')`;

/** How many workloads of a stream, which is a workload or a batch, the read model shows. */
const SEEN = `
  CASE WHEN starts_with(a.stream, 'bat_')
    THEN (SELECT count(*) FROM read.workloads w
           WHERE w.generation = v_generation AND w.batch_id = a.stream)
    ELSE (SELECT count(*) FROM read.workloads w
           WHERE w.generation = v_generation AND w.workload_id = a.stream) END`;

/**
 * What waits for a place, as far as the read model shows it, and what was let in beyond that. In plpgsql,
 * which plans its statements once; a function in SQL would plan them for each call.
 */
const PENDING_OF = `
CREATE OR REPLACE FUNCTION limits.pending_of(p_tenant text) RETURNS bigint LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_generation integer := ${live('workloads')};
BEGIN
  RETURN (SELECT count(*) FROM read.workloads w
           WHERE w.generation = v_generation AND w.tenant_id = p_tenant
             AND w.status IN ('submitted', 'waiting', 'retrying'))
       + (SELECT coalesce(sum(greatest(0, a.workloads - ${SEEN})), 0)
            FROM limits.announced a WHERE a.tenant = p_tenant);
END $$`;

/**
 * Forgets what says nothing any more: the read model shows all of it, its batch has ended, or nothing was
 * recorded of it within a minute, because what was let in then failed.
 */
const FORGET_SEEN = `
CREATE OR REPLACE FUNCTION limits.forget_seen(p_tenant text) RETURNS void LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  v_generation integer := ${live('workloads')};
  v_batches    integer := ${live('batches')};
BEGIN
  DELETE FROM limits.announced a
   WHERE a.tenant = p_tenant
     AND (${SEEN} >= a.workloads
       OR EXISTS (SELECT FROM read.batches b
                   WHERE b.generation = v_batches AND b.batch_id = a.stream
                     AND b.status IN ('succeeded', 'failed', 'cancelled'))
       OR (a.announced_at < clock_timestamp() - interval '1 minute'
           AND NOT EXISTS (SELECT FROM log.events e WHERE e.stream = a.stream)));
END $$`;
