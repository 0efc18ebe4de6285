import pg from 'pg';

export interface PoolOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly connectionsMax?: number;
  /** How long a statement may take before the server ends it, in milliseconds. */
  readonly statementTimeoutMs?: number;
}

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
export const STATEMENT_TIMEOUT_MS = 30_000;
/** A server that has not even said by then that its own limit was reached is no longer heard from. */
export const ANSWER_MARGIN_MS = 5_000;

/**
 * Names that are not qualified mean what Postgres means by them, in every session of ours. By default a
 * schema named like a session's role comes into it; the worker's role, for the sake of its queue, may
 * create schemas, and could put operators there that others then run with their own rights.
 */
export const SEARCH_PATH = '-c search_path=pg_catalog';

/**
 * A pool as every part of the event store expects it: bounded, with a limit on each statement, and
 * with times written in UTC so that their parser need not know a session's zone.
 */
export function openPool(options: PoolOptions): pg.Pool {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // A network that swallows packets would otherwise hold a statement, and what waits for it, for hours.
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    options: `${SEARCH_PATH} -c statement_timeout=${statementTimeoutMs} -c TimeZone=UTC -c DateStyle=ISO`,
  });
  // An idle connection that drops is replaced on the next use; without a listener it would end the process.
  pool.on('error', () => {});
  // The same for a connection that is in use: its query reports the loss, the event would only crash.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
