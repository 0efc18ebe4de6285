import type { Home } from './home.js';
import { readIfThere, writePrivateFile } from './private-file.js';

/** What workers read besides keys: where the others are, and in what all workers have to agree. */
const TOLD = [
  'WORKER_DATABASE_URL',
  'SIMULATED_HOST_URL',
  'REDIS_URL',
  'WEBHOOK_ALLOWED_NETWORKS',
  'HOST_LEASE_TTL_MS',
  'HOST_LOST_AFTER_MS',
  'RECONCILE_EVERY_MS',
  'REISSUE_AFTER_MS',
  'STARTS_PER_HOST_MAX',
  'CANCEL_GRACE_MS',
  'WORKLOAD_LOG_KIB_MAX',
  'WORKLOAD_LOG_DAYS',
] as const;
/** What no shell takes for anything but itself. */
const PLAIN = /^[\w:/.@%+,=-]+$/;

/** A line that a shell and a file of settings read alike, whatever the value holds. */
export function settingLine(name: string, value: string): string {
  return `${name}=${PLAIN.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`;
}

/**
 * Keeps what a further worker beside this installation has to be told, as its own worker was. Only
 * a start knows it: which ports were free, where the embedded Postgres listens, with which login.
 */
export function keepWorkerSettings(
  home: Pick<Home, 'workerSettingsFile'>,
  environment: Readonly<Record<string, string>>,
): void {
  const lines = TOLD.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [settingLine(name, value)];
  });
  writePrivateFile(home.workerSettingsFile, `${lines.join('\n')}\n`);
}

/** What the last start kept, one setting a line; none where nothing was ever started in this home. */
export function keptWorkerSettings(home: Pick<Home, 'workerSettingsFile'>): readonly string[] {
  const kept = readIfThere(home.workerSettingsFile);
  return kept === undefined ? [] : kept.trimEnd().split('\n');
}
