import { readNetworks } from '@bulkhead/addresses';
import { OPEN_WORKLOADS_PER_TENANT_MAX } from '@bulkhead/event-store';
import {
  type Environment,
  file,
  httpUrl,
  logLevel,
  port,
  postgresUrl,
  redisUrl,
  SettingsReading,
  WrongSettings,
  wholeNumber,
} from '@bulkhead/settings';
import { z } from 'zod';
import type { OutputSettings } from './assemble-worker.js';
import { STARTS_PER_HOST_MAX } from './jobs/start-turns.js';
import { CANCEL_GRACE_MS } from './jobs/stop-workload.js';
import { type ObserveTimes, observeTimes } from './observe/observe-parts.js';
import { type TreeHeadSettings, treeHeadSettings } from './tree/tree-head-settings.js';
import type { WebhookSettings } from './webhooks/webhook-settings.js';

const openWorkloadsMax = wholeNumber(1, 10_000_000).default(OPEN_WORKLOADS_PER_TENANT_MAX);
const NETWORKS = 'WEBHOOK_ALLOWED_NETWORKS';
const schema = z.object({
  WORKER_DATABASE_URL: postgresUrl,
  WORKER_PORT: port.default(8081),
  SIMULATED_HOST_URL: httpUrl,
  SIMULATED_HOST_TOKEN_FILE: file,
  HOST_LEASE_TTL_MS: wholeNumber(3_000, 600_000).default(30_000),
  HOST_LOST_AFTER_MS: wholeNumber(1_000, 600_000).default(observeTimes.lostAfterMs),
  RECONCILE_EVERY_MS: wholeNumber(1_000, 600_000).default(observeTimes.reconcileEveryMs),
  REISSUE_AFTER_MS: wholeNumber(1_000, 600_000).default(observeTimes.reissueAfterMs),
  JOB_CONCURRENCY: wholeNumber(1, 500).default(50),
  STARTS_PER_HOST_MAX: wholeNumber(1, 1_000).default(STARTS_PER_HOST_MAX),
  CANCEL_GRACE_MS: wholeNumber(0, 600_000).default(CANCEL_GRACE_MS),
  OPEN_WORKLOADS_PER_TENANT_MAX: openWorkloadsMax,
  WORKLOAD_LOG_DAYS: wholeNumber(1, 3_650).default(30),
  WORKLOAD_LOG_KIB_MAX: wholeNumber(16, 16_384).default(1_024),
  TREE_HEAD_KEY_FILE: file,
  TREE_HEAD_VERIFIER_KEYS_FILE: file,
  TREE_HEAD_DIR: z.string(),
  WEBHOOK_KEY_FILE: file,
  WEBHOOK_ALLOWED_NETWORKS: z.string().default(''),
  LOG_LEVEL: logLevel.default('info'),
  REDIS_URL: redisUrl.optional(),
});

/** Every variable that this process reads; `.env.example` explains each. */
export interface Settings {
  readonly workerDatabaseUrl: string;
  readonly port: number;
  readonly simulatedHostUrl: string;
  readonly simulatedHostToken: string;
  readonly hostLeaseTtlMs: number;
  /** What of observing an operator may set; the rest are the worker's own bounds. */
  readonly observe: Pick<ObserveTimes, 'lostAfterMs' | 'reconcileEveryMs' | 'reissueAfterMs'>;
  readonly jobConcurrency: number;
  readonly startsPerHostMax: number;
  readonly cancelGraceMs: number;
  /** What every tenant may have accepted and not ended, for what schedules fire; the api is told the same. */
  readonly openWorkloadsPerTenantMax: number;
  /** How much is kept of what workloads write, and how long. */
  readonly output: OutputSettings;
  readonly treeHeads: TreeHeadSettings;
  readonly webhooks: WebhookSettings;
  readonly redisUrl: string | null;
  readonly logLevel: string;
}

/** @throws WrongSettings with all problems at once */
export function readSettings(environment: Environment): Settings {
  const reading = new SettingsReading(schema, environment);
  const token = reading.tokenOf('SIMULATED_HOST_TOKEN_FILE');
  const treeHeads = treeHeadsFrom(reading.given, reading.problems);
  const key = reading.keyOf('WEBHOOK_KEY_FILE');
  const networks = reading.given[NETWORKS];
  const allowed = readNetworks(NETWORKS, networks, reading.problems);
  const data = reading.settings();
  // Without them something is missing, and was said.
  if (treeHeads === null) throw new WrongSettings(reading.problems);
  return {
    workerDatabaseUrl: data.WORKER_DATABASE_URL,
    port: data.WORKER_PORT,
    simulatedHostUrl: data.SIMULATED_HOST_URL,
    simulatedHostToken: token,
    hostLeaseTtlMs: data.HOST_LEASE_TTL_MS,
    observe: {
      lostAfterMs: data.HOST_LOST_AFTER_MS,
      reconcileEveryMs: data.RECONCILE_EVERY_MS,
      reissueAfterMs: data.REISSUE_AFTER_MS,
    },
    jobConcurrency: data.JOB_CONCURRENCY,
    startsPerHostMax: data.STARTS_PER_HOST_MAX,
    cancelGraceMs: data.CANCEL_GRACE_MS,
    openWorkloadsPerTenantMax: data.OPEN_WORKLOADS_PER_TENANT_MAX,
    output: { days: data.WORKLOAD_LOG_DAYS, maxBytes: data.WORKLOAD_LOG_KIB_MAX * 1024 },
    treeHeads,
    webhooks: { key, allowed },
    redisUrl: data.REDIS_URL ?? null,
    logLevel: data.LOG_LEVEL,
  };
}

/** Files are looked into only when all of them are named. */
function treeHeadsFrom(given: Environment, problems: string[]) {
  const {
    TREE_HEAD_KEY_FILE: keyFile,
    TREE_HEAD_VERIFIER_KEYS_FILE: verifierKeysFile,
    TREE_HEAD_DIR: folder,
  } = given;
  if (keyFile === undefined || verifierKeysFile === undefined || folder === undefined) return null;
  return treeHeadSettings({ keyFile, verifierKeysFile, folder }, problems);
}
