import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Long, because a machine that is busy with everything else may take its time to answer. */
const CONNECT_TIMEOUT_MS = 15_000;
const PROBE_TIMEOUT_MS = 20_000;
const PROBE_INTERVAL_MS = 100;
const INVALID_PASSWORD = '28P01';

/**
 * Says whether a server takes queries with this URL's password, waiting while it recovers or
 * refuses. SCRAM proves both sides, so a stranger on the port cannot pass for our cluster.
 */
export async function answersAt(url: string): Promise<boolean> {
  const attempts = Math.ceil(PROBE_TIMEOUT_MS / PROBE_INTERVAL_MS);
  const giveUpAt = performance.now() + PROBE_TIMEOUT_MS;
  for (let attempt = 1; attempt <= attempts && performance.now() < giveUpAt; attempt += 1) {
    try {
      await withClient(url, (client) => client.query('SELECT 1'));
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === INVALID_PASSWORD) return false;
      await sleep(PROBE_INTERVAL_MS);
    }
  }
  return false;
}

/** Creates a database unless it exists. */
export async function ensureDatabase(url: string, database: string): Promise<void> {
  await withClient(url, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
    }
  });
}

async function withClient<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that breaks while idle would otherwise end the process as an unhandled event.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
