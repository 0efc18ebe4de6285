import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps count of the work of each tenant that has been accepted and has not ended, which is bounded for every
 * tenant: a bound that had to count a hundred thousand rows would itself be a burden to everybody.
 */
export class CountOpenWork implements MigrationInterface {
  readonly name = 'CountOpenWork0000000000023';

  async up(queryRunner: QueryRunner): Promise<void> {
    // The triggers hold writers of the read models off until what there was before is counted as well.
    const counting = [...WORKLOADS, ...BATCHES, ...EMPTIED, ...FORGOTTEN];
    for (const statement of [TABLE, ...counting, COUNTED_BEFORE, OPEN_OF]) {
      await queryRunner.query(statement);
    }
    await queryRunner.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA limits FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/** A row for each generation of a read model: they are filled side by side, each by one writer. */
const TABLE = `
  CREATE TABLE limits.open_work (
    generation integer          NOT NULL,
    tenant     text COLLATE "C" NOT NULL,
    workloads  bigint           NOT NULL,
    PRIMARY KEY (generation, tenant)
  )`;

/** A workload of its own; the tasks of a batch are counted with their batch. */
const OPEN_ALONE = `batch_id IS NULL
  AND status NOT IN ('succeeded', 'failed', 'cancelled', 'timed-out', 'rejected')`;
const openBatch = (row = '') => `${row}status NOT IN ('succeeded', 'failed', 'cancelled')`;
/** All of them until the batch has ended: every worker keeps it whole for as long. */
const tasksOf = (row = '') => `coalesce((${row}state ->> 'taskCount')::bigint, 0)`;

const open = (rows: string, is: string, workloads: string) =>
  `SELECT generation, tenant_id, ${workloads} AS workloads FROM ${rows} WHERE ${is}`;
const begun = open('new_rows', OPEN_ALONE, '1');
const gone = open('old_rows', OPEN_ALONE, '-1');
const ADDED = `
  ON CONFLICT (generation, tenant) DO UPDATE SET workloads = o.workloads + excluded.workloads`;
const add = (...counted: string[]) => `
  INSERT INTO limits.open_work AS o
  SELECT generation, tenant_id, sum(workloads) FROM (${counted.join(' UNION ALL ')}) c
   GROUP BY 1, 2 HAVING sum(workloads) <> 0 ORDER BY 1, 2 ${ADDED}`;

const TRIGGER = `RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$`;
const onWorkloads = (name: string, act: string, rows: string) => `
  CREATE TRIGGER ${name} AFTER ${act} ON read.workloads REFERENCING ${rows}
     FOR EACH STATEMENT EXECUTE FUNCTION limits.count_workloads()`;

/**
 * Counted by the database in the statement that changes the rows, from what they were and what they are: so it
 * is committed with them or not at all, a repeated delivery counts nothing, and a worker of an older release
 * counts as well. Once for a statement, because a consumer's batch may begin a thousand workloads of a tenant.
 */
const WORKLOADS = [
  `CREATE FUNCTION limits.count_workloads() ${TRIGGER}
   BEGIN
     IF TG_OP = 'INSERT' THEN ${add(begun)};
     ELSIF TG_OP = 'UPDATE' THEN ${add(begun, gone)};
     ELSE ${add(gone)};
     END IF;
     RETURN NULL;
   END $$`,
  onWorkloads('count_begun', 'INSERT', 'NEW TABLE AS new_rows'),
  onWorkloads('count_changed', 'UPDATE', 'NEW TABLE AS new_rows OLD TABLE AS old_rows'),
  onWorkloads('count_deleted', 'DELETE', 'OLD TABLE AS old_rows'),
];

const onBatches = (name: string, act: string, where: string) => `
  CREATE TRIGGER ${name} AFTER ${act} ON read.batches
     FOR EACH ROW WHEN (${where}) EXECUTE FUNCTION limits.count_batch()`;

/**
 * Of the many changes of a batch two begin or end it, and only these look into its state, which may be long. What
 * is deleted is counted once for a statement, in the order of tenants: workers sweep side by side, and would
 * wait for each other in a circle if each met the tenants in the order of its rows.
 */
const BATCHES = [
  `CREATE FUNCTION limits.count_batch() ${TRIGGER}
   BEGIN
     INSERT INTO limits.open_work AS o
     VALUES (NEW.generation, NEW.tenant_id,
             CASE WHEN ${openBatch('NEW.')} THEN 1 ELSE -1 END * ${tasksOf('NEW.')}) ${ADDED};
     RETURN NULL;
   END $$`,
  `CREATE FUNCTION limits.count_deleted_batches() ${TRIGGER}
   BEGIN
     ${add(open('old_rows', openBatch(), `-${tasksOf()}`))};
     RETURN NULL;
   END $$`,
  onBatches('count_begun', 'INSERT', openBatch('NEW.')),
  onBatches('count_changed', 'UPDATE', `(${openBatch('OLD.')}) <> (${openBatch('NEW.')})`),
  `CREATE TRIGGER count_deleted AFTER DELETE ON read.batches REFERENCING OLD TABLE AS old_rows
     FOR EACH STATEMENT EXECUTE FUNCTION limits.count_deleted_batches()`,
];

const onEmptied = (table: string) => `
  CREATE TRIGGER count_emptied AFTER TRUNCATE ON read.${table}
     FOR EACH STATEMENT EXECUTE FUNCTION limits.count_nothing()`;

const EMPTIED = [
  `CREATE FUNCTION limits.count_nothing() ${TRIGGER}
   BEGIN
     DELETE FROM limits.open_work o USING read.generations g
      WHERE g.generation = o.generation AND g.projection = TG_TABLE_NAME;
     RETURN NULL;
   END $$`,
  onEmptied('workloads'),
  onEmptied('batches'),
];

/** With the last row of a generation it goes itself, and what was counted of it. */
const FORGOTTEN = [
  `CREATE FUNCTION limits.forget_generation() ${TRIGGER}
   BEGIN
     DELETE FROM limits.open_work WHERE generation = OLD.generation;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER forget_counts AFTER DELETE ON read.generations
     FOR EACH ROW EXECUTE FUNCTION limits.forget_generation()`,
];

export const COUNTED_BEFORE = add(
  open('read.workloads', OPEN_ALONE, '1'),
  open('read.batches', openBatch(), tasksOf()),
);

const shownBy = (projection: string) => `
  SELECT coalesce(o.workloads, 0) AS workloads, coalesce(c.position, 0) AS position
    FROM read.generations g
    LEFT JOIN limits.open_work o ON o.generation = g.generation AND o.tenant = p_tenant
    LEFT JOIN consumers.checkpoints c ON c.name = g.projection || '@' || g.generation
   WHERE g.projection = '${projection}' AND g.state = 'live'`;

/**
 * How much work of a tenant is open, of each kind, and the position up to which its read model shows that: whoever has
 * accepted something of that kind behind it adds that. With the head of the log, which tells a read model that stands
 * still from one that has nothing to do. One statement, so that counts and checkpoints are of one moment.
 */
const OPEN_OF = `
CREATE FUNCTION limits.open_of(
  p_tenant text, OUT workloads bigint, OUT workloads_shown bigint, OUT batches bigint,
  OUT batches_shown bigint, OUT head bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(w.workloads, 0), coalesce(w.position, 0),
         coalesce(b.workloads, 0), coalesce(b.position, 0), h.position
    FROM (SELECT coalesce(max(e.position), 0) AS position FROM log.events e) h
    LEFT JOIN (${shownBy('workloads')}) w ON true
    LEFT JOIN (${shownBy('batches')}) b ON true
$$`;
