import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OutputSettings } from './assemble-worker.js';
import { STARTS_PER_HOST_MAX } from './jobs/start-turns.js';
import { type ObserveTimes, observeTimes } from './observe/observe-parts.js';
import { type TreeHeadSettings, treeHeadSettings } from './tree/tree-head-settings.js';
import { type WebhookSettings, webhookSettings } from './webhooks/webhook-settings.js';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => Number.isInteger(Number(text)) && Number(text) >= min && Number(text) <= max,
      {
        error: ({ input }) => `must be a whole number from ${min} to ${max}, not "${input}"`,
      },
    )
    .transform(Number);
const port = wholeNumber(0, 65_535);
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const logLevel = z.enum(LEVELS, {
  error: ({ input }) => `must be one of ${LEVELS.join(', ')}, not "${input}"`,
});
// What a URL says is never repeated: it may hold a password.
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const redisUrl = z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' });
/** A token with less than this can be guessed. */
const TOKEN_LENGTH_MIN = 32;

const schema = z.object({
  WORKER_DATABASE_URL: postgresUrl,
  WORKER_PORT: port.default(8081),
  SIMULATED_HOST_URL: httpUrl,
  SIMULATED_HOST_TOKEN_FILE: z.string(),
  HOST_LEASE_TTL_MS: wholeNumber(3_000, 600_000).default(30_000),
  HOST_LOST_AFTER_MS: wholeNumber(1_000, 600_000).default(observeTimes.lostAfterMs),
  RECONCILE_EVERY_MS: wholeNumber(1_000, 600_000).default(observeTimes.reconcileEveryMs),
  REISSUE_AFTER_MS: wholeNumber(1_000, 600_000).default(observeTimes.reissueAfterMs),
  JOB_CONCURRENCY: wholeNumber(1, 500).default(50),
  STARTS_PER_HOST_MAX: wholeNumber(1, 1_000).default(STARTS_PER_HOST_MAX),
  WORKLOAD_LOG_DAYS: wholeNumber(1, 3_650).default(30),
  WORKLOAD_LOG_KIB_MAX: wholeNumber(16, 16_384).default(1_024),
  TREE_HEAD_KEY_FILE: z.string(),
  TREE_HEAD_VERIFIER_KEYS_FILE: z.string(),
  TREE_HEAD_DIR: z.string(),
  WEBHOOK_KEY_FILE: z.string(),
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
  /** How much is kept of what workloads write, and how long. */
  readonly output: OutputSettings;
  readonly treeHeads: TreeHeadSettings;
  readonly webhooks: WebhookSettings;
  readonly redisUrl: string | null;
  readonly logLevel: string;
}

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(readonly problems: readonly string[]) {
    super(`settings are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** @throws WrongSettings with all problems at once */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  // Settings that are empty in a file or a shell mean the same as settings that are not there.
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  const problems = (result.error?.issues ?? []).map(({ path, message }) => {
    const name = path.join('.');
    return `${name} ${present[name] === undefined ? 'is missing' : message}`;
  });
  const token = tokenFrom(present['SIMULATED_HOST_TOKEN_FILE'], problems);
  const treeHeads = treeHeadsFrom(present, problems);
  const webhooks = webhookSettings(present, problems);
  if (!result.success || treeHeads === null || problems.length > 0) {
    throw new WrongSettings(problems);
  }
  const { data } = result;
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
    output: { days: data.WORKLOAD_LOG_DAYS, maxBytes: data.WORKLOAD_LOG_KIB_MAX * 1024 },
    treeHeads,
    webhooks,
    redisUrl: data.REDIS_URL ?? null,
    logLevel: data.LOG_LEVEL,
  };
}

/** Files are looked into only when all of them are named. */
function treeHeadsFrom(present: Readonly<Record<string, string | undefined>>, problems: string[]) {
  const {
    TREE_HEAD_KEY_FILE: keyFile,
    TREE_HEAD_VERIFIER_KEYS_FILE: verifierKeysFile,
    TREE_HEAD_DIR: folder,
  } = present;
  if (keyFile === undefined || verifierKeysFile === undefined || folder === undefined) return null;
  return treeHeadSettings({ keyFile, verifierKeysFile, folder }, problems);
}

/** The secret comes as a file, so that it is in no process list and no environment dump. */
function tokenFrom(file: string | undefined, problems: string[]): string {
  if (file === undefined) return '';
  let token = '';
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `names the file ${file}, which cannot be read (${code ?? 'unknown error'})`;
    problems.push(`SIMULATED_HOST_TOKEN_FILE ${problem}`);
    return '';
  }
  if (token.length < TOKEN_LENGTH_MIN) {
    const problem = `names the file ${file}, which holds fewer than ${TOKEN_LENGTH_MIN} characters`;
    problems.push(`SIMULATED_HOST_TOKEN_FILE ${problem}`);
  }
  return token;
}
