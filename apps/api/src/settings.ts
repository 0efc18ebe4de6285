import { type AllowedNetworks, readNetworks } from '@bulkhead/addresses';
import { OPEN_WORKLOADS_PER_TENANT_MAX } from '@bulkhead/event-store';
import { parseVerifierKeys } from '@bulkhead/event-store/proof';
import {
  file,
  httpUrl,
  logLevel,
  port,
  postgresUrl,
  SettingsReading,
  wholeNumber,
} from '@bulkhead/settings';
import { z } from 'zod';

const openWorkloadsMax = wholeNumber(1, 10_000_000).default(OPEN_WORKLOADS_PER_TENANT_MAX);
const NETWORKS = 'WEBHOOK_ALLOWED_NETWORKS';
const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  API_DATABASE_URL: postgresUrl,
  AUDIT_DATABASE_URL: postgresUrl,
  TOKEN_SIGNING_KEY_FILE: file,
  RESPONSE_KEY_FILE: file,
  WEBHOOK_KEY_FILE: file,
  WEBHOOK_ALLOWED_NETWORKS: z.string().default(''),
  CONSISTENCY_TIMEOUT_MS: wholeNumber(1, 30_000).default(5_000),
  APPENDS_WAITING_MAX: wholeNumber(100, 100_000).default(10_000),
  OPEN_WORKLOADS_PER_TENANT_MAX: openWorkloadsMax,
  TREE_HEAD_VERIFIER_KEYS_FILE: file.optional(),
  LOG_LEVEL: logLevel.default('info'),
});

export interface Settings {
  readonly port: number;
  readonly host: string;
  /** What tokens name as their issuer, and what the OpenAPI document names as the server. */
  readonly publicUrl: string;
  readonly apiDatabaseUrl: string;
  readonly auditDatabaseUrl: string;
  /** RSA private key, PEM. */
  readonly tokenSigningKeyPem: string;
  /** 32 random bytes; cursors, consistency tokens and pseudonyms derive their keys from it. */
  readonly responseKey: Buffer;
  /** 32 random bytes; the secrets of webhooks are sealed with it, for workers to open. */
  readonly webhookKey: Buffer;
  /** What workers are told as well: tenants are warned of addresses that these will refuse. */
  readonly webhookNetworks: AllowedNetworks;
  /** How long a read with a consistency token waits for a list that trails. */
  readonly consistencyTimeoutMs: number;
  /** Appends that may wait for the log; a request beyond it is answered 503 and told when to come back. */
  readonly appendsWaitingMax: number;
  /** What every tenant may have accepted and not ended; workers are told the same. */
  readonly openWorkloadsPerTenantMax: number;
  /** Verifier keys of the log's tree heads, which auditors ask for; without it they are not served. */
  readonly treeHeadVerifierKeysFile?: string | undefined;
  readonly logLevel: z.infer<typeof schema>['LOG_LEVEL'];
}

/**
 * Reads and checks the settings, and the files that they name.
 * @throws WrongSettings with all problems at once
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const reading = new SettingsReading(schema, environment);
  const tokenSigningKeyPem = reading.textOf('TOKEN_SIGNING_KEY_FILE') ?? '';
  const responseKey = reading.keyOf('RESPONSE_KEY_FILE');
  const webhookKey = reading.keyOf('WEBHOOK_KEY_FILE');
  const webhookNetworks = readNetworks(NETWORKS, reading.given[NETWORKS], reading.problems);
  const verifierKeys = reading.textOf('TREE_HEAD_VERIFIER_KEYS_FILE');
  if (verifierKeys !== undefined) reading.problems.push(...verifierKeyProblems(verifierKeys));
  const settings = reading.settings();
  const { PORT, HOST, PUBLIC_URL, API_DATABASE_URL, AUDIT_DATABASE_URL, LOG_LEVEL } = settings;
  return {
    port: PORT,
    host: HOST,
    publicUrl: (PUBLIC_URL ?? `http://${HOST}:${PORT}`).replace(/\/$/, ''),
    apiDatabaseUrl: API_DATABASE_URL,
    auditDatabaseUrl: AUDIT_DATABASE_URL,
    tokenSigningKeyPem,
    responseKey,
    webhookKey,
    webhookNetworks,
    consistencyTimeoutMs: settings.CONSISTENCY_TIMEOUT_MS,
    appendsWaitingMax: settings.APPENDS_WAITING_MAX,
    openWorkloadsPerTenantMax: settings.OPEN_WORKLOADS_PER_TENANT_MAX,
    treeHeadVerifierKeysFile: settings.TREE_HEAD_VERIFIER_KEYS_FILE,
    logLevel: LOG_LEVEL,
  };
}

function verifierKeyProblems(text: string): readonly string[] {
  try {
    parseVerifierKeys(text);
    return [];
  } catch (error) {
    return [`TREE_HEAD_VERIFIER_KEYS_FILE is wrong: ${(error as Error).message}`];
  }
}

/** The one setting that issuing a platform credential from the command line needs. @throws WrongSettings */
export function readApiDatabaseUrl(environment: NodeJS.ProcessEnv): string {
  const reading = new SettingsReading(schema.pick({ API_DATABASE_URL: true }), environment);
  return reading.settings().API_DATABASE_URL;
}
