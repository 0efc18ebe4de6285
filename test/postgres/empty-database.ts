import pg from 'pg';

/**
 * Makes a fresh database fresh again, much faster than cloning another one. Only the superuser can:
 * it has to take the log's own protection off for a moment.
 */
export async function emptyDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      BEGIN;
      ALTER TABLE log.events DISABLE TRIGGER refuse_change;
      TRUNCATE log.events, log.contents, log.idempotent_answers, consumers.leases,
        consumers.checkpoints, consumers.troubles, consumers.skips, read.workloads, read.batches, read.tenants, read.hosts,
        read.credentials, read.policies, tree.tiles, tree.heads;
      DELETE FROM read.generations WHERE state <> 'live';
      UPDATE read.generations SET version = 1, request = 0;
      ALTER TABLE log.events ENABLE ALWAYS TRIGGER refuse_change;
      COMMIT`);
  } finally {
    await client.end();
  }
}
