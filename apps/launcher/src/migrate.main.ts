import { connectionProblem, migrate } from '@bulkhead/event-store';
import { readMigrationSettings } from './settings.js';

/** Brings the database of DATABASE_URL to this version, for installations without a launcher. */
async function run(environment: NodeJS.ProcessEnv): Promise<void> {
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
  console.log('The database is at this version.');
}

try {
  await run(process.env);
} catch (error) {
  console.error(`bulkhead migrate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
