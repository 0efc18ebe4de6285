import { connectionProblem, migrate } from '@bulkhead/event-store';
import { homeWithPostgres } from './home/administration.js';
import type { Home } from './home/home.js';
import { roleUrls } from './home/role-urls.js';
import { runningPostgresUrl, startEmbeddedPostgres } from './postgres/embedded-postgres.js';
import { isAnyDatabaseNamed, readMigrationSettings, readSettings } from './settings.js';

/**
 * Brings the database of DATABASE_URL to this version, for installations without a launcher; where no
 * database is named, the embedded one of the home.
 */
async function run(environment: NodeJS.ProcessEnv): Promise<string> {
  if (!isAnyDatabaseNamed(environment)) {
    const home = homeWithPostgres(readSettings(environment).BULKHEAD_HOME);
    if (home !== undefined) return migrateEmbedded(home);
  }
  const settings = readMigrationSettings(environment);
  const roles = {
    apiUrl: settings.API_DATABASE_URL,
    workerUrl: settings.WORKER_DATABASE_URL,
    auditUrl: settings.AUDIT_DATABASE_URL,
  };
  const databaseUrl = settings.DATABASE_URL;
  await migrate({ databaseUrl, roles }).catch((error: unknown) => {
    const problem = connectionProblem(error, databaseUrl);
    throw problem ? new Error(`DATABASE_URL: ${problem}`) : error;
  });
  return 'The database is at this version.';
}

/** Beside whoever runs that Postgres, or with one that is started for it and stopped again. */
async function migrateEmbedded(home: Home): Promise<string> {
  const running = runningPostgresUrl(home.postgres);
  const own = running ? undefined : await startEmbeddedPostgres({ folder: home.postgres });
  const databaseUrl = running ?? own?.url ?? '';
  try {
    await migrate({ databaseUrl, roles: roleUrls(databaseUrl, {}, home.rolePasswordsFile) });
  } finally {
    await own?.stop();
  }
  return `The embedded database of ${home.path} is at this version.`;
}

try {
  console.log(await run(process.env));
} catch (error) {
  console.error(`bulkhead migrate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
