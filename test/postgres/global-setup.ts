import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '@bulkhead/event-store';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../apps/launcher/src/postgres/embedded-postgres.js';

/** What tests need to make a database of their own; see `fresh-database.ts`. */
export interface PostgresForTests {
  /** The run's own, removed at its end. */
  readonly folder: string;
  readonly adminUrl: string;
  readonly template: string;
  readonly rolePassword: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: PostgresForTests;
  }
}

interface Shared {
  users: number;
  started: Promise<{ server: EmbeddedPostgres; folder: string; provided: PostgresForTests }>;
}

const TEMPLATE = 'bulkhead_template';
/**
 * Tests throw their databases away, so nothing needs to survive the machine. They connect a thousand times
 * with passwords that are random already, so that deriving a key from one need not be slow.
 */
const SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '400',
  scram_iterations: '1',
};
const ROLES = ['postgres', 'bulkhead_api', 'bulkhead_worker', 'bulkhead_audit'];
const SHARED = Symbol.for('bulkhead.postgres-for-tests');
const shared = globalThis as { [SHARED]?: Shared };

/** One server for a whole run: every vitest project calls this, the first starts it, the last stops it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = shared[SHARED] ?? { users: 0, started: start() };
  shared[SHARED] = run;
  run.users += 1;
  const { server, folder, provided } = await run.started;
  project.provide('postgres', provided);
  return async () => {
    run.users -= 1;
    if (run.users > 0) return;
    delete shared[SHARED];
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function start(): Shared['started'] {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-test-'));
  const server = await startEmbeddedPostgres({ folder, settings: SETTINGS });
  const rolePassword = randomBytes(16).toString('hex');
  await asAdmin(server.url, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await migrate({
    databaseUrl: urlFor(server.url, TEMPLATE),
    roles: {
      apiUrl: urlFor(server.url, TEMPLATE, 'bulkhead_api', rolePassword),
      workerUrl: urlFor(server.url, TEMPLATE, 'bulkhead_worker', rolePassword),
      auditUrl: urlFor(server.url, TEMPLATE, 'bulkhead_audit', rolePassword),
    },
  });
  await asAdmin(server.url, async (client) => {
    for (const role of ROLES) {
      const password = role === 'postgres' ? new URL(server.url).password : rolePassword;
      await client.query(`ALTER ROLE ${role} PASSWORD ${client.escapeLiteral(password)}`);
    }
  });
  const provided = { folder, adminUrl: server.url, template: TEMPLATE, rolePassword };
  return { server, folder, provided };
}

async function asAdmin(url: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

/** The same server's URL with another database, and another user where one is given. */
export function urlFor(adminUrl: string, database: string, user?: string, password = ''): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  if (user !== undefined) {
    url.username = user;
    url.password = password;
  }
  return url.href;
}
