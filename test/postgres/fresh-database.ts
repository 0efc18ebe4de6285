import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { allowBullmqSchema } from '../../libs/event-store/src/migrations/grants.js';
import { urlFor } from './global-setup.js';

/** A migrated database of a test's own, and how each role reaches it. */
export interface FreshDatabase {
  /** The superuser's: for migrations, and for tests that try what only an intruder could. */
  readonly databaseUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly auditUrl: string;
  drop(): Promise<void>;
}

const CLONE_ATTEMPTS_MAX = 100;
const CLONE_RETRY_MS = 50;
/** Somebody else is copying, or still connected to, the template. */
const OBJECT_IN_USE = '55006';

/** Copies the migrated template, which costs a few dozen milliseconds instead of all migrations. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { adminUrl, template, rolePassword } = inject('postgres');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(adminUrl, async (client) => {
    await clone(client, name, template);
    await allowBullmqSchema(client, 'bulkhead_worker', name);
  });
  const databaseUrl = urlFor(adminUrl, name);
  return {
    databaseUrl,
    apiUrl: urlFor(adminUrl, name, 'bulkhead_api', rolePassword),
    workerUrl: urlFor(adminUrl, name, 'bulkhead_worker', rolePassword),
    auditUrl: urlFor(adminUrl, name, 'bulkhead_audit', rolePassword),
    drop: () =>
      asAdmin(adminUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
}

async function clone(client: pg.Client, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
      return;
    } catch (error) {
      const inUse = error instanceof pg.DatabaseError && error.code === OBJECT_IN_USE;
      if (!inUse || attempt >= CLONE_ATTEMPTS_MAX) throw error;
      await sleep(CLONE_RETRY_MS);
    }
  }
}

async function asAdmin(url: string, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
