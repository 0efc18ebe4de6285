import type { MigrationInterface, QueryRunner } from 'typeorm';

/** For whoever shows streams while they grow: which of those that it names have grown. */
export class TellMovedStreams implements MigrationInterface {
  readonly name = 'TellMovedStreams0000000000014';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(MOVED_STREAMS);
    await queryRunner.query('REVOKE ALL ON FUNCTION log.moved_streams FROM PUBLIC');
  }

  async down(): Promise<void> {
    throw new Error('migrations of the log go forward only');
  }
}

/**
 * The api sees one tenant's rows at a time, but asks for those of all who are waiting at once. It learns
 * nothing but which of the streams that it names, by their place in the list, are past the version that it
 * names: to read them it has to say for whom. Each is one look into the index of streams and versions.
 */
const MOVED_STREAMS = `
CREATE FUNCTION log.moved_streams(streams text[], versions integer[]) RETURNS SETOF bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT asked.nr
    FROM unnest(streams, versions) WITH ORDINALITY AS asked (stream, version, nr)
   WHERE EXISTS (SELECT FROM log.events e
                  WHERE e.stream = asked.stream AND e.version = asked.version + 1)
$$`;
