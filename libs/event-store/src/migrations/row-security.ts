import { createHash } from 'node:crypto';
import pg from 'pg';
import { OPERATOR_SCOPE, SCOPE_SETTING } from '../row-scope.js';
import { type LoginRoles, OWNER_ROLE } from './roles.js';

/** Null where nothing is set, also after an earlier transaction of the session had set it. */
const SCOPE = `NULLIF((SELECT current_setting('${SCOPE_SETTING}', true)), '')`;
const isOperator = `${SCOPE} = '${OPERATOR_SCOPE}'`;
/** A read model's row of a tenant; operators see those of all. */
const ownedBy = (column: string) => `${column} = ${SCOPE} OR ${isOperator}`;
/** What no tenant owns is seen outside of any tenant's scope. */
const PLATFORMS = `${SCOPE} IS NULL OR ${isOperator}`;

/**
 * Which rows the api sees, by table. The sub-select makes Postgres read the setting once for each
 * query instead of once for each row.
 */
const SEEN_BY_API: Readonly<Record<string, string>> = {
  'log.events': `NOT (tenant IS DISTINCT FROM ${SCOPE})`,
  'log.contents': `tenant = ${SCOPE}`,
  'log.workload_labels': `tenant = ${SCOPE}`,
  'log.idempotent_answers': `scope = ${SCOPE}`,
  'output.captures': `tenant = ${SCOPE}`,
  'output.chunks': `tenant = ${SCOPE}`,
  'webhooks.endpoints': `tenant = ${SCOPE}`,
  'webhooks.messages': `tenant = ${SCOPE}`,
  'read.workloads': ownedBy('tenant_id'),
  'read.batches': ownedBy('tenant_id'),
  'read.tenants': ownedBy('tenant_id'),
  'read.credentials': ownedBy('tenant_id'),
  'read.schedules': ownedBy('tenant_id'),
  'read.hosts': PLATFORMS,
  'read.policies': PLATFORMS,
};

export const SECURED_TABLES = Object.keys(SEEN_BY_API);

interface Policy {
  readonly name: string;
  readonly role: string;
  readonly command: 'ALL' | 'SELECT';
  readonly using: string;
}

/**
 * What every role sees. Security is forced, so it binds the owner too, in whose name the append function
 * runs. A role without a policy sees nothing.
 */
function policies({ api, worker, audit }: LoginRoles, seenByApi: string): readonly Policy[] {
  return [
    { name: OWNERS_POLICY, role: OWNER_ROLE, command: 'ALL', using: 'true' },
    { name: 'worker_all', role: worker.name, command: 'ALL', using: 'true' },
    { name: 'audit_all', role: audit.name, command: 'SELECT', using: 'true' },
    { name: 'api_scope', role: api.name, command: 'SELECT', using: seenByApi },
  ];
}

/** Its comment says what was stated of a table, and what Postgres had made of it. */
const OWNERS_POLICY = 'owner_all';

/** A digest of everything that Postgres knows of a table's row security, and what was noted of it. */
const FOUND = `
  SELECT md5(c.relrowsecurity::text || c.relforcerowsecurity::text || coalesce(string_agg(
           concat(p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[])
             || coalesce(pg_get_expr(p.polqual, c.oid), '')
             || coalesce(pg_get_expr(p.polwithcheck, c.oid), ''), ';' ORDER BY p.polname), ''))
           AS digest,
         array_agg(p.polname::text) FILTER (WHERE p.polname IS NOT NULL) AS names,
         max(obj_description(p.oid, 'pg_policy')) FILTER (WHERE p.polname = '${OWNERS_POLICY}')
           AS noted
    FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
   WHERE c.oid = $1::regclass GROUP BY c.oid`;

interface Found {
  readonly digest: string;
  readonly names: readonly string[] | null;
  readonly noted: string | null;
}

/**
 * States anew which rows each role sees, with one transaction for each table, so that nobody ever meets a
 * table that is secured but has no policies: a consumer that saw no events would take them for read. A
 * table where nothing differs is not touched, because the change of a policy waits for all who read.
 */
export async function stateRowSecurity(client: pg.Client, roles: LoginRoles): Promise<void> {
  for (const [table, seenByApi] of Object.entries(SEEN_BY_API)) {
    const wanted = policies(roles, seenByApi);
    const source = createHash('sha256').update(JSON.stringify(wanted)).digest('hex');
    const found = await findSecurity(client, table);
    if (found.noted === noteOf(source, found)) continue;
    await client.query('BEGIN');
    try {
      await client.query(`SET LOCAL ROLE ${OWNER_ROLE}`);
      for (const statement of restate(table, found, wanted)) await client.query(statement);
      const note = pg.escapeLiteral(noteOf(source, await findSecurity(client, table)));
      await client.query(`COMMENT ON POLICY ${OWNERS_POLICY} ON ${table} IS ${note}`);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  }
}

async function findSecurity(client: pg.Client, table: string): Promise<Found> {
  const { rows } = await client.query<Found>(FOUND, [table]);
  return rows[0] as Found;
}

const noteOf = (source: string, { digest }: Found) => `${source} ${digest}`;

function restate(table: string, { names }: Found, wanted: readonly Policy[]): string[] {
  return [
    ...(names ?? []).map((name) => `DROP POLICY ${pg.escapeIdentifier(name)} ON ${table}`),
    ...wanted.map(
      ({ name, role, command, using }) =>
        `CREATE POLICY ${name} ON ${table} FOR ${command} TO ${pg.escapeIdentifier(role)} USING (${using})`,
    ),
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
  ];
}
