import pg from 'pg';
import { DataSource } from 'typeorm';
import { SEARCH_PATH } from '../pool.js';
import { PROJECTIONS } from '../projections/open-read-models.js';
import { CreateLog } from './0001-create-log.js';
import { CreateAppend } from './0002-create-append.js';
import { CreateFollowers } from './0003-create-followers.js';
import { CreateTree } from './0004-create-tree.js';
import { CreateGenerations } from './0005-create-generations.js';
import { CreateTroubles } from './0006-create-troubles.js';
import { SecureRows } from './0007-secure-rows.js';
import { AppendInOnePass } from './0008-append-in-one-pass.js';
import { IndexActors } from './0009-index-actors.js';
import { CountTries } from './0010-count-tries.js';
import { CreateLimits } from './0011-create-limits.js';
import { CountPendingAtOnce } from './0012-count-pending-at-once.js';
import { AnswersByDigest } from './0013-answers-by-digest.js';
import { TellMovedStreams } from './0014-tell-moved-streams.js';
import { CreateOutput } from './0015-create-output.js';
import { CreateSchedules } from './0016-create-schedules.js';
import { TellOfQueues } from './0017-tell-of-queues.js';
import { CreateWebhooks } from './0018-create-webhooks.js';
import { IndexMessages } from './0019-index-messages.js';
import { IndexLabels } from './0020-index-labels.js';
import { ClaimInTurns } from './0021-claim-in-turns.js';
import { BoundSecrets } from './0022-bound-secrets.js';
import { CountOpenWork } from './0023-count-open-work.js';
import { DueToTheMicrosecond } from './0024-due-to-the-microsecond.js';
import { applyGrants, ensureSchemas } from './grants.js';
import { ensureRoles, loginRoles, OWNER_ROLE, type RoleUrls } from './roles.js';

export interface Migration {
  /** A login that may create roles and schemas: used here and by nothing that serves requests. */
  readonly databaseUrl: string;
  readonly roles: RoleUrls;
}

/** In the order in which they run; numbered, forward only, never edited once released. */
const MIGRATIONS = [
  CreateLog,
  CreateAppend,
  CreateFollowers,
  CreateTree,
  CreateGenerations,
  CreateTroubles,
  SecureRows,
  AppendInOnePass,
  IndexActors,
  CountTries,
  CreateLimits,
  CountPendingAtOnce,
  AnswersByDigest,
  TellMovedStreams,
  CreateOutput,
  CreateSchedules,
  TellOfQueues,
  CreateWebhooks,
  IndexMessages,
  IndexLabels,
  ClaimInTurns,
  BoundSecrets,
  CountOpenWork,
  DueToTheMicrosecond,
];

const MIGRATION_LOCK = 1112232781;
const LOCK_TIMEOUT_MS = 60_000;

/**
 * Brings a database to this version: roles with the passwords of their URLs, schemas, tables, the
 * append function, grants. Running it again changes nothing; two at once run one after the other.
 */
export async function migrate(migration: Migration): Promise<void> {
  const roles = loginRoles(migration.roles);
  const client = new pg.Client({
    connectionString: migration.databaseUrl,
    application_name: 'bulkhead-migrate',
    options: SEARCH_PATH,
  });
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureRoles(client, roles);
    await ensureSchemas(client, roles);
    await runMigrations(migration.databaseUrl);
    await applyGrants(client, roles);
    await adoptVersions(client);
  } finally {
    // Ends the session and with it the lock.
    await client.end();
  }
}

/** An empty log has nothing that could be read in an older way, so its read models are those of this version. */
const ADOPT_VERSIONS = `
  UPDATE read.generations g SET version = p.version
    FROM unnest($1::text[], $2::integer[]) AS p (name, version)
   WHERE g.projection = p.name AND g.version <> p.version
     AND NOT EXISTS (SELECT FROM log.events)`;

async function adoptVersions(client: pg.Client): Promise<void> {
  const names = PROJECTIONS.map(({ name }) => name);
  await client.query(ADOPT_VERSIONS, [names, PROJECTIONS.map(({ version }) => version)]);
}

async function runMigrations(databaseUrl: string): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    schema: 'log',
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    installExtensions: false,
    // Everything that a migration creates belongs to the role that cannot log in.
    extra: { options: `-c role=${OWNER_ROLE} ${SEARCH_PATH}` },
  });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}
