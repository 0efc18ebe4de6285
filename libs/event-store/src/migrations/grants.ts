import pg from 'pg';
import { type LoginRoles, OWNER_ROLE } from './roles.js';
import { stateRowSecurity } from './row-security.js';

const SCHEMAS = ['log', 'consumers', 'read', 'tree', 'limits', 'output', 'webhooks'] as const;

/** The schemas, before migrations put anything into them. */
export async function ensureSchemas(client: pg.Client, roles: LoginRoles): Promise<void> {
  for (const schema of SCHEMAS) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${OWNER_ROLE}`);
  }
  const worker = pg.escapeIdentifier(roles.worker.name);
  await client.query(`CREATE SCHEMA IF NOT EXISTS bullmq AUTHORIZATION ${worker}`);
}

/**
 * States anew what each role may do, in one transaction, so that a role's powers are what is written
 * here and not what earlier versions left behind. Nobody may write the log's tables.
 */
export async function applyGrants(client: pg.Client, roles: LoginRoles): Promise<void> {
  const api = pg.escapeIdentifier(roles.api.name);
  const worker = pg.escapeIdentifier(roles.worker.name);
  const audit = pg.escapeIdentifier(roles.audit.name);
  const everyone = `PUBLIC, ${api}, ${worker}, ${audit}`;
  const statements = [
    ...SCHEMAS.flatMap((schema) => [
      `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${everyone}`,
      `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM ${everyone}`,
      `REVOKE ALL ON SCHEMA ${schema} FROM ${everyone}`,
      `GRANT USAGE ON SCHEMA ${schema} TO ${api}, ${worker}, ${audit}`,
    ]),
    `GRANT EXECUTE ON FUNCTION log.append, log.append_alone TO ${api}, ${worker}`,
    `GRANT EXECUTE ON FUNCTION log.last_position TO ${api}, ${worker}`,
    `GRANT EXECUTE ON FUNCTION log.moved_streams TO ${api}`,
    `GRANT EXECUTE ON FUNCTION log.sweep_answers TO ${worker}`,
    // Searches the rows that its caller sees, so it is for those who see all of them.
    `GRANT EXECUTE ON FUNCTION log.position_at TO ${worker}, ${audit}`,
    `GRANT SELECT ON log.events TO ${api}, ${worker}, ${audit}`,
    `GRANT SELECT ON log.contents, log.workload_labels TO ${api}, ${worker}`,
    `GRANT SELECT ON log.idempotent_answers TO ${api}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA consumers TO ${worker}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA read TO ${worker}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA read TO ${api}, ${audit}`,
    `GRANT SELECT ON consumers.checkpoints TO ${api}, ${audit}`,
    `GRANT SELECT ON consumers.queues TO ${api}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA tree TO ${api}, ${worker}, ${audit}`,
    `GRANT INSERT, UPDATE ON tree.tiles TO ${worker}`,
    `GRANT INSERT ON tree.heads TO ${worker}`,
    `GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA output TO ${worker}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA output TO ${api}`,
    `GRANT EXECUTE ON FUNCTION output.sweep TO ${worker}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA webhooks TO ${worker}`,
    // Secrets are not for the api to read: it keeps them, and shows each once when it is drawn.
    `GRANT SELECT ON webhooks.endpoints, webhooks.messages TO ${api}`,
    `GRANT EXECUTE ON FUNCTION webhooks.keep_secret, webhooks.discard_secret TO ${api}`,
    `GRANT EXECUTE ON FUNCTION webhooks.claim, webhooks.sweep TO ${worker}`,
    `GRANT EXECUTE ON FUNCTION limits.admit, limits.open_of TO ${api}, ${worker}`,
    `GRANT EXECUTE ON FUNCTION limits.admit_schedule, limits.use_of TO ${api}`,
    `GRANT EXECUTE ON FUNCTION consumers.overview TO ${api}, ${worker}`,
  ];
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL ROLE ${OWNER_ROLE}`);
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  await stateRowSecurity(client, roles);
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  await allowBullmqSchema(client, roles.worker.name, rows[0]?.name ?? '');
}

/**
 * BullMQ asks for its schema with CREATE SCHEMA IF NOT EXISTS, which Postgres refuses to a role that
 * may not create schemas, even where the schema exists. A copied database does not inherit this grant.
 */
export async function allowBullmqSchema(
  client: pg.ClientBase,
  workerRole: string,
  database: string,
): Promise<void> {
  const [on, to] = [database, workerRole].map((name) => pg.escapeIdentifier(name));
  await client.query(`GRANT CREATE ON DATABASE ${on} TO ${to}`);
}
