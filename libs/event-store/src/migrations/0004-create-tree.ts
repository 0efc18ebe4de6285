import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The Merkle tree over the log, as tiles, and the tree heads that were signed. */
export class CreateTree implements MigrationInterface {
  readonly name = 'CreateTree0000000000004';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...TILES, ...ONLY_GROWS, HEADS]) await queryRunner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/**
 * At most 256 hashes of 32 bytes a row. Hashes do not compress, so nobody should try; and the one tile of
 * a level that still grows is rewritten often, so what that leaves behind is cleared away early.
 */
const TILES = [
  `CREATE TABLE tree.tiles (
     level  smallint NOT NULL,
     index  bigint   NOT NULL,
     hashes bytea    NOT NULL
            CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
     PRIMARY KEY (level, index)
   ) WITH (toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 2000)`,
  'ALTER TABLE tree.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL',
];

/**
 * A second builder, or one with a wrong idea of where it stands, is stopped before it forks the tree. The
 * search path is the function's own: the worker has a schema of its own, and with an operator of its own in
 * it could say that other hashes are the same.
 */
const ONLY_GROWS = [
  `CREATE FUNCTION tree.refuse_other_hashes() RETURNS trigger LANGUAGE plpgsql
     SET search_path = pg_catalog, pg_temp AS $$
   BEGIN
     IF (NEW.level, NEW.index) <> (OLD.level, OLD.index)
        OR substring(NEW.hashes FOR octet_length(OLD.hashes)) <> OLD.hashes THEN
       RAISE EXCEPTION 'tile %/% of the tree may only grow', OLD.level, OLD.index
         USING ERRCODE = 'integrity_constraint_violation';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER refuse_other_hashes BEFORE UPDATE ON tree.tiles
     FOR EACH ROW EXECUTE FUNCTION tree.refuse_other_hashes()`,
];

/** One size may be signed again by the key that follows. */
const HEADS = `
  CREATE TABLE tree.heads (
    size        bigint         NOT NULL CHECK (size >= 0),
    key_id      text COLLATE "C" NOT NULL,
    root_hash   bytea          NOT NULL CHECK (octet_length(root_hash) = 32),
    signed_at   timestamptz(3) NOT NULL,
    signed_note text           NOT NULL,
    PRIMARY KEY (size, key_id)
  )`;
