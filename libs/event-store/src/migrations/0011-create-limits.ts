import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What bounds how often a tenant submits and how much of its work waits. Neither is in the log before it is
 * submitted, so it is counted here, in one place for all processes, before the append.
 */
export class CreateLimits implements MigrationInterface {
  readonly name = 'CreateLimits0000000000011';

  async up(queryRunner: QueryRunner): Promise<void> {
    const statements = [...TABLES, SEEN_OF, PENDING_OF, FORGET_SEEN, ADMIT, USE_OF];
    for (const statement of statements) await queryRunner.query(statement);
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA limits FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

const TABLES = [
  `CREATE TABLE limits.windows (
     tenant      text COLLATE "C" PRIMARY KEY,
     began_at    timestamptz NOT NULL,
     submissions integer     NOT NULL
   )`,
  // Workloads that were let in and that the read model may not show yet; of a batch as many as may wait at once.
  `CREATE TABLE limits.announced (
     stream       text COLLATE "C" PRIMARY KEY,
     tenant       text COLLATE "C" NOT NULL,
     workloads    integer          NOT NULL,
     announced_at timestamptz      NOT NULL
   )`,
  'CREATE INDEX announced_by_tenant ON limits.announced (tenant)',
];

const live = (projection: string) =>
  `(SELECT g.generation FROM read.generations g WHERE g.projection = '${projection}' AND g.state = 'live')`;
/** SQL functions are planned with their query only where they are not told to look for names themselves. */
const PURE = 'LANGUAGE sql STABLE';

/** How many workloads of a stream, which is a workload or a batch, the read model shows. */
const SEEN_OF = `
CREATE FUNCTION limits.seen_of(p_stream text) RETURNS bigint ${PURE} AS $$
  SELECT CASE WHEN starts_with(p_stream, 'bat_')
    THEN (SELECT count(*) FROM read.workloads w
           WHERE w.generation = ${live('workloads')} AND w.batch_id = p_stream)
    ELSE (SELECT count(*) FROM read.workloads w
           WHERE w.generation = ${live('workloads')} AND w.workload_id = p_stream) END
$$`;

/** What waits for a place, as far as the read model shows it, and what was let in beyond that. */
const PENDING_OF = `
CREATE FUNCTION limits.pending_of(p_tenant text) RETURNS bigint ${PURE} AS $$
  SELECT (SELECT count(*) FROM read.workloads w
           WHERE w.generation = ${live('workloads')} AND w.tenant_id = p_tenant
             AND w.status IN ('submitted', 'waiting', 'retrying'))
       + (SELECT coalesce(sum(greatest(0, a.workloads - limits.seen_of(a.stream))), 0)::bigint
            FROM limits.announced a WHERE a.tenant = p_tenant)
$$`;

/**
 * Forgets what says nothing any more: the read model shows all of it, its batch has ended, or nothing was
 * recorded of it within a minute, because what was let in then failed.
 */
const FORGET_SEEN = `
CREATE FUNCTION limits.forget_seen(p_tenant text) RETURNS void LANGUAGE sql VOLATILE AS $$
  DELETE FROM limits.announced a
   WHERE a.tenant = p_tenant
     AND (limits.seen_of(a.stream) >= a.workloads
       OR EXISTS (SELECT FROM read.batches b
                   WHERE b.generation = ${live('batches')} AND b.batch_id = a.stream
                     AND b.status IN ('succeeded', 'failed', 'cancelled'))
       OR (a.announced_at < clock_timestamp() - interval '1 minute'
           AND NOT EXISTS (SELECT FROM log.events e WHERE e.stream = a.stream)))
$$`;

/**
 * Lets a submission in, or says which limit forbids it; null is no limit. The tenant's row is locked until
 * the end, so two submissions of one tenant never take the same room, whichever processes they come from.
 * The statements after the lock see what the one before has announced. Nobody waits for the flush: the
 * append that follows is flushed after it, and what a crash undoes was let in and recorded nothing.
 */
const ADMIT = `
CREATE FUNCTION limits.admit(
  p_tenant text, p_stream text, p_workloads integer, p_per_minute integer, p_pending_max integer,
  OUT refused text, OUT submissions integer, OUT reset_ms integer, OUT pending bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_began timestamptz;
  v_now   timestamptz;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO limits.windows VALUES (p_tenant, clock_timestamp(), 0) ON CONFLICT DO NOTHING;
  SELECT w.began_at, w.submissions INTO v_began, submissions
    FROM limits.windows w WHERE w.tenant = p_tenant FOR UPDATE;
  v_now := clock_timestamp();
  IF v_began <= v_now - interval '1 minute' THEN
    v_began := v_now;
    submissions := 0;
  END IF;
  reset_ms := ceil(extract(epoch FROM v_began + interval '1 minute' - v_now) * 1000);
  IF submissions >= p_per_minute THEN
    refused := 'submissionsPerMinute';
    RETURN;
  END IF;
  IF p_pending_max IS NOT NULL THEN
    PERFORM limits.forget_seen(p_tenant);
    pending := limits.pending_of(p_tenant);
    IF pending + p_workloads > p_pending_max THEN
      refused := 'pendingWorkloads';
      RETURN;
    END IF;
    INSERT INTO limits.announced VALUES (p_stream, p_tenant, p_workloads, v_now)
      ON CONFLICT DO NOTHING;
  END IF;
  submissions := submissions + 1;
  UPDATE limits.windows w SET began_at = v_began, submissions = admit.submissions
   WHERE w.tenant = p_tenant;
END $$`;

/** What a tenant holds and waits for, as far as the read model shows it, and what it has submitted this minute. */
const USE_OF = `
CREATE FUNCTION limits.use_of(
  p_tenant text, OUT workloads bigint, OUT cpu_millis bigint, OUT memory_mib bigint,
  OUT utility_vms bigint, OUT pending bigint, OUT submissions integer
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*),
         coalesce(sum((w.state #>> '{current,reserved,cpuMillis}')::bigint), 0)::bigint,
         coalesce(sum((w.state #>> '{current,reserved,memoryMiB}')::bigint), 0)::bigint,
         count(*) FILTER (WHERE w.state #>> '{current,isolation}' = 'hyperv'),
         limits.pending_of(p_tenant),
         coalesce((SELECT o.submissions FROM limits.windows o WHERE o.tenant = p_tenant
                      AND o.began_at > clock_timestamp() - interval '1 minute'), 0)
    FROM read.workloads w
   WHERE w.generation = ${live('workloads')} AND w.tenant_id = p_tenant
     AND w.status IN ('submitted', 'waiting', 'retrying', 'placed', 'starting', 'running')
     AND w.state #>> '{current,stage}' <> 'released'
$$`;
