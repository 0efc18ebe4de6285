import { migrate } from '@bulkhead/event-store';

const SETTINGS = [
  'DATABASE_URL',
  'API_DATABASE_URL',
  'WORKER_DATABASE_URL',
  'AUDIT_DATABASE_URL',
] as const;

/** Brings the database of DATABASE_URL to this version, for installations without a launcher. */
async function run(environment: NodeJS.ProcessEnv): Promise<void> {
  const missing = SETTINGS.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`These settings are missing: ${missing.join(', ')}`);
  const [databaseUrl = '', apiUrl = '', workerUrl = '', auditUrl = ''] = SETTINGS.map(
    (name) => environment[name],
  );
  await migrate({ databaseUrl, roles: { apiUrl, workerUrl, auditUrl } });
  console.log('The database is at this version.');
}

try {
  await run(process.env);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
