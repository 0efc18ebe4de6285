import pg from 'pg';
import { scramVerifier } from './scram-verifier.js';

/** Owns the schemas and the append function, and cannot log in. */
export const OWNER_ROLE = 'bulkhead_owner';

export interface RoleUrls {
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly auditUrl: string;
}

export interface LoginRole {
  readonly name: string;
  readonly password: string;
}

export interface LoginRoles {
  readonly api: LoginRole;
  readonly worker: LoginRole;
  readonly audit: LoginRole;
}

/** Roles belong to the whole server, so migrations of other databases may change the same ones. */
const ROLE_ATTEMPTS_MAX = 20;
const ROLE_RETRY_MS = 50;
/** Two sessions changed one role: duplicate object, unique violation, "tuple concurrently updated". */
const RACES = new Set(['42710', '23505', 'XX000']);

/**
 * The three login roles, read from their connection URLs.
 * @throws Error naming the setting that has no user or password, or that shares its user with another
 */
export function loginRoles(urls: RoleUrls): LoginRoles {
  const roles = {
    api: roleOf('API_DATABASE_URL', urls.apiUrl),
    worker: roleOf('WORKER_DATABASE_URL', urls.workerUrl),
    audit: roleOf('AUDIT_DATABASE_URL', urls.auditUrl),
  };
  const names = new Set([OWNER_ROLE, roles.api.name, roles.worker.name, roles.audit.name]);
  if (names.size !== 4) {
    throw new Error('API_, WORKER_ and AUDIT_DATABASE_URL must name three different users');
  }
  return roles;
}

function roleOf(setting: string, url: string): LoginRole {
  const { username, password } = new URL(url);
  if (username === '' || password === '') {
    throw new Error(`${setting} must name a user and a password`);
  }
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Makes the roles exist with these passwords and without any power beyond logging in. */
export async function ensureRoles(client: pg.Client, roles: LoginRoles): Promise<void> {
  await ensureRole(client, OWNER_ROLE, 'NOLOGIN');
  for (const role of [roles.api, roles.worker, roles.audit]) {
    const password = pg.escapeLiteral(scramVerifier(role.password));
    await ensureRole(client, role.name, `LOGIN PASSWORD ${password}`);
  }
  await joinUnlessSuperuser(client, [OWNER_ROLE, roles.worker.name]);
}

async function ensureRole(client: pg.Client, name: string, attributes: string): Promise<void> {
  const role = pg.escapeIdentifier(name);
  await retryRaces(async () => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
    await client.query(`${rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} WITH ${attributes}`);
  });
}

/** Only a member may create what another role shall own; a superuser needs no membership. */
async function joinUnlessSuperuser(client: pg.Client, names: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    'SELECT rolsuper FROM pg_roles WHERE rolname = current_user',
  );
  if (rows[0]?.rolsuper) return;
  for (const name of names) {
    await retryRaces(() => client.query(`GRANT ${pg.escapeIdentifier(name)} TO CURRENT_USER`));
  }
}

async function retryRaces(act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await act();
      return;
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
      if (!RACES.has(code) || attempt >= ROLE_ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, ROLE_RETRY_MS));
    }
  }
}
