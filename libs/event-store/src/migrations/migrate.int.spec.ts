import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { urlFor } from '../../../../test/postgres/global-setup.js';
import { assertSafeRole } from './assert-safe-role.js';
import { migrate } from './migrate.js';

const { adminUrl } = inject('postgres');
const suffix = randomUUID().slice(0, 8);
const PASSWORD = 'not-a-secret-outside-of-tests';
const made: string[] = [];

async function asAdmin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function emptyDatabaseOf(name: string, owner = 'postgres'): Promise<string> {
  await asAdmin(`CREATE DATABASE ${name} OWNER ${owner}`);
  made.push(name);
  return urlFor(adminUrl, name);
}

function rolesOf(database: string, group: string, password = PASSWORD) {
  const url = (role: string) => urlFor(adminUrl, database, `${role}_${group}`, password);
  return { apiUrl: url('api'), workerUrl: url('worker'), auditUrl: url('audit') };
}

async function login(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
}

afterAll(async () => {
  for (const name of made) await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
});

describe('migrate', () => {
  it('gives the same result when it runs twice, or twice at once in several databases', async () => {
    const names = [`twice_a_${suffix}`, `twice_b_${suffix}`];
    const runs: Promise<void>[] = [];
    for (const name of names) {
      const databaseUrl = await emptyDatabaseOf(name);
      const roles = rolesOf(name, suffix);
      runs.push(migrate({ databaseUrl, roles }), migrate({ databaseUrl, roles }));
    }
    await Promise.all(runs);
    await migrate({
      databaseUrl: urlFor(adminUrl, names[0] ?? ''),
      roles: rolesOf(names[0] ?? '', suffix),
    });
    for (const name of names) await login(rolesOf(name, suffix).apiUrl);
  });

  it('takes over a changed password', async () => {
    const name = `password_${suffix}`;
    const databaseUrl = await emptyDatabaseOf(name);
    const group = `p${suffix}`;
    await migrate({ databaseUrl, roles: rolesOf(name, group) });
    await migrate({ databaseUrl, roles: rolesOf(name, group, 'changed') });
    await login(rolesOf(name, group, 'changed').workerUrl);
    await expect(login(rolesOf(name, group).workerUrl)).rejects.toMatchObject({ code: '28P01' });
  });

  it('works for a login that is no superuser but may create roles', async () => {
    const name = `managed_${suffix}`;
    const admin = `admin_${suffix}`;
    await asAdmin(`CREATE ROLE ${admin} LOGIN CREATEROLE PASSWORD '${PASSWORD}'`);
    // Managed servers begin without the role; here an earlier test made it, as another admin would.
    await asAdmin(`GRANT bulkhead_owner TO ${admin} WITH ADMIN OPTION`);
    await emptyDatabaseOf(name, admin);
    const databaseUrl = urlFor(adminUrl, name, admin, PASSWORD);
    const group = `m${suffix}`;
    await migrate({ databaseUrl, roles: rolesOf(name, group) });
    await migrate({ databaseUrl, roles: rolesOf(name, group) });

    const pool = new pg.Pool({ connectionString: databaseUrl });
    await expect(assertSafeRole(pool)).rejects.toThrow(
      /may create roles.*member of bulkhead_owner/,
    );
    await pool.end();
    const api = new pg.Pool({ connectionString: rolesOf(name, group).apiUrl });
    await expect(assertSafeRole(api)).resolves.toBeUndefined();
    await api.end();
  });

  it.each([
    [
      'a URL without a password',
      { apiUrl: 'postgres://bulkhead_api@localhost/x' },
      /API_DATABASE_URL/,
    ],
    [
      'one user for two roles',
      { auditUrl: 'postgres://worker_x:p@localhost/x' },
      /three different/,
    ],
  ])('refuses %s before it touches anything', async (_, wrong, message) => {
    const roles = { ...rolesOf('x', 'x'), ...wrong };
    await expect(migrate({ databaseUrl: 'postgres://nowhere.invalid/x', roles })).rejects.toThrow(
      message,
    );
  });
});
