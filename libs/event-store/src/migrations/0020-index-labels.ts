import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets tenants ask for their workloads by label. */
export class IndexLabels implements MigrationInterface {
  readonly name = 'IndexLabels0000000000020';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [TABLE, BY_CONTENT, KEEP, TRIGGER, KEPT_BEFORE]) {
      await queryRunner.query(statement);
    }
    await queryRunner.query('REVOKE ALL ON FUNCTION log.keep_labels FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/**
 * A row for each label of a workload, in the order in which a list asks. Rows rather than an index on the
 * content's JSON: behind row security Postgres uses an index for comparisons that cannot tell anything of
 * other rows, which equality of texts is and looking into JSON is not. Who erases the content erases these.
 */
const TABLE = `
  CREATE TABLE log.workload_labels (
    tenant   text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    value    text COLLATE "C" NOT NULL,
    workload text COLLATE "C" NOT NULL,
    part     integer NOT NULL,
    PRIMARY KEY (tenant, name, value, workload),
    FOREIGN KEY (workload, part) REFERENCES log.contents (stream, part) ON DELETE CASCADE
  )`;

/** For the erasure, which would look at every label otherwise. */
const BY_CONTENT =
  'CREATE INDEX workload_labels_by_content ON log.workload_labels (workload, part)';

const KEEP = `
  CREATE FUNCTION log.keep_labels() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO log.workload_labels (tenant, name, value, workload, part)
    SELECT NEW.tenant, l.key, l.value, NEW.stream, NEW.part
      FROM json_each_text(NEW.body -> 'labels') AS l (key, value);
    RETURN NULL;
  END $$`;

/** Content of a workload, which is part 0 of its stream, and has labels. */
const isLabelled = (row: string) =>
  `${row}.part = 0 AND starts_with(${row}.stream, 'wl_')
     AND json_typeof(${row}.body -> 'labels') = 'object'`;

const TRIGGER = `
  CREATE TRIGGER keep_labels AFTER INSERT ON log.contents FOR EACH ROW
    WHEN (${isLabelled('NEW')}) EXECUTE FUNCTION log.keep_labels()`;

const KEPT_BEFORE = `
  INSERT INTO log.workload_labels (tenant, name, value, workload, part)
  SELECT c.tenant, l.key, l.value, c.stream, c.part
    FROM log.contents c CROSS JOIN LATERAL json_each_text(c.body -> 'labels') AS l (key, value)
   WHERE ${isLabelled('c')}`;
