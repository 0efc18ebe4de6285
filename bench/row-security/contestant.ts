import { openPool, openReadModels } from '@bulkhead/event-store';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { answerDigest } from '../../libs/event-store/src/log/answer-digest.js';
import { fillLog, type LogDatabase, withClient } from '../histories/log-database.js';

/** The condition that sets the scope of a read; see `libs/event-store/src/row-scope.ts`. */
const SCOPE =
  /\(SELECT set_config\('bulkhead\.scope', coalesce\((\S+), ''\), true\)\) IS NOT NULL/g;

/** One database, reached as the api reaches it. */
export interface Contestant {
  readonly name: 'secured' | 'plain';
  /** The superuser's. */
  readonly adminUrl: string;
  /** One connection. The plain one's statements are the same without their scope. */
  readonly pool: pg.Pool;
  readonly lists: DataSource;
  close(): Promise<void>;
}

export const LONG_STREAM = 'bat_of_the_bench';
export const LONG_STREAM_EVENTS = 1_000;
export const ANSWER = { route: 'POST /v1/workloads', key: 'key' } as const;
const LISTED_TENANTS = 50;
const LISTED_ROWS = 50_000;
export const listedTenant = 'ten_7';

/** What a bench of reads needs beside the log: rows of a list, one long stream, and one answer. */
const FILL = `
  INSERT INTO log.events
  SELECT (SELECT max(position) FROM log.events) + n, gen_random_uuid(), '${LONG_STREAM}', n,
         '${listedTenant}', 'BatchTasksFinished', 1, now(), now(), e.metadata, '{"failed":0}'
    FROM generate_series(1, ${LONG_STREAM_EVENTS}) n, (SELECT metadata FROM log.events LIMIT 1) e;
  INSERT INTO read.workloads
         (generation, workload_id, tenant_id, status, submitted_at, version, state)
  SELECT (SELECT generation FROM read.generations WHERE projection = 'workloads'),
         'wl_' || lpad(n::text, 32, '0'), 'ten_' || n % ${LISTED_TENANTS}, 'succeeded', now(), 9,
         jsonb_build_object('state', repeat('x', 1000))
    FROM generate_series(1, ${LISTED_ROWS}) n;
  INSERT INTO log.idempotent_answers (digest, answered_at, status, scope, request_sha256, body)
  VALUES ('${answerDigest(listedTenant, ANSWER.route, ANSWER.key)}', now(), 202, '${listedTenant}', '', '{}');
  ANALYZE log.events, read.workloads, log.idempotent_answers;`;

/** Switches row-level security off wherever it is on. */
const WITHOUT_SECURITY = `
  DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relrowsecurity LOOP
      EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', t);
    END LOOP;
  END $$`;

/** Two of them hold the same rows and differ in row-level security alone. */
export async function prepare(
  name: Contestant['name'],
  database: LogDatabase,
  events: number,
): Promise<Contestant> {
  await fillLog(database, events);
  await withClient(database.adminUrl, async (client) => {
    await client.query(FILL);
    if (name === 'plain') await client.query(WITHOUT_SECURITY);
  });
  const url = new URL(database.workerUrl);
  url.username = 'bulkhead_api';
  const options = { url: url.href, applicationName: `bench-${name}`, connectionsMax: 1 };
  const lists = await openReadModels(options);
  const own = openPool(options);
  const pool = name === 'plain' ? withoutScope(own) : own;
  return {
    name,
    adminUrl: database.adminUrl,
    pool,
    lists,
    close: async () => {
      await Promise.all([own.end(), lists.destroy()]);
    },
  };
}

/** Takes the scope out of the reads; what is no read has none. */
function withoutScope(pool: pg.Pool): pg.Pool {
  const query = (config: pg.QueryConfig | string) =>
    typeof config === 'string'
      ? pool.query(config)
      : pool.query({ ...config, text: unscoped(config.text) });
  return { query, connect: () => pool.connect() } as unknown as pg.Pool;
}

/** The parameter keeps its place, where the scope is all that it is for. */
function unscoped(text: string): string {
  const plain = text.replaceAll(SCOPE, "coalesce($1::text, '') IS NOT NULL");
  if (plain === text) throw new Error(`there is no scope in ${text}`);
  return plain;
}
