import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@bulkhead/event-store';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/launcher/src/postgres/embedded-postgres.js';

/** As in production: every commit is flushed. Only sizes differ from the defaults. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '8GB', max_connections: '300' };

/** A fresh server with the migrated log, a database for each peer and the table of the floor. */
export interface BenchServer {
  readonly adminUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** Where signed tree heads go. */
  readonly headFolder: string;
  /** Makes an empty database and answers the superuser's URL for it. */
  newDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startBenchServer(): Promise<BenchServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-bench-'));
  const server = await startEmbeddedPostgres({ folder, settings: SETTINGS });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const password = randomBytes(16).toString('hex');
    const urlAs = (user: string) => withUser(server.url, user, password);
    const roles = {
      apiUrl: urlAs('bulkhead_api'),
      workerUrl: urlAs('bulkhead_worker'),
      auditUrl: urlAs('bulkhead_audit'),
    };
    await migrate({ databaseUrl: server.url, roles });
    await execute(server.url, 'CREATE SCHEMA floor');
    await execute(server.url, 'CREATE TABLE floor.events (LIKE log.events INCLUDING ALL)');
    const newDatabase = async (name: string) => {
      await execute(server.url, `CREATE DATABASE ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    };
    const headFolder = join(folder, 'heads');
    return { adminUrl: server.url, ...roles, headFolder, newDatabase, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
