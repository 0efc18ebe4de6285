import { readFileSync } from 'node:fs';
import { parseVerifierKeys } from '@bulkhead/event-store/proof';
import { z } from 'zod';

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
const file = z.string();

const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }).optional(),
  API_DATABASE_URL: postgresUrl,
  AUDIT_DATABASE_URL: postgresUrl,
  TOKEN_SIGNING_KEY_FILE: file,
  RESPONSE_KEY_FILE: file,
  WEBHOOK_KEY_FILE: file,
  CONSISTENCY_TIMEOUT_MS: wholeNumber(1, 30_000).default(5_000),
  APPENDS_WAITING_MAX: wholeNumber(100, 100_000).default(10_000),
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
  /** How long a read with a consistency token waits for a list that trails. */
  readonly consistencyTimeoutMs: number;
  /** Appends that may wait for the log; a request beyond it is answered 503 and told when to come back. */
  readonly appendsWaitingMax: number;
  /** Verifier keys of the log's tree heads, which auditors ask for; without it they are not served. */
  readonly treeHeadVerifierKeysFile?: string | undefined;
  readonly logLevel: z.infer<typeof schema>['LOG_LEVEL'];
}

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(problems: readonly string[]) {
    super(`settings are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks the settings, and the files that they name.
 * @throws WrongSettings with all problems at once
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const present = presentIn(environment);
  const result = schema.safeParse(present);
  const problems = problemsOf(result.error?.issues, present);
  const secrets = new SecretFiles(present, problems);
  const tokenSigningKeyPem = secrets.read('TOKEN_SIGNING_KEY_FILE') ?? '';
  const responseKey = secrets.readKey('RESPONSE_KEY_FILE');
  const webhookKey = secrets.readKey('WEBHOOK_KEY_FILE');
  const verifierKeys = secrets.read('TREE_HEAD_VERIFIER_KEYS_FILE');
  if (verifierKeys !== undefined) problems.push(...verifierKeyProblems(verifierKeys));
  if (!result.success || problems.length > 0) throw new WrongSettings(problems);
  const { PORT, HOST, PUBLIC_URL, API_DATABASE_URL, AUDIT_DATABASE_URL, LOG_LEVEL } = result.data;
  return {
    port: PORT,
    host: HOST,
    publicUrl: (PUBLIC_URL ?? `http://${HOST}:${PORT}`).replace(/\/$/, ''),
    apiDatabaseUrl: API_DATABASE_URL,
    auditDatabaseUrl: AUDIT_DATABASE_URL,
    tokenSigningKeyPem,
    responseKey,
    webhookKey,
    consistencyTimeoutMs: result.data.CONSISTENCY_TIMEOUT_MS,
    appendsWaitingMax: result.data.APPENDS_WAITING_MAX,
    treeHeadVerifierKeysFile: result.data.TREE_HEAD_VERIFIER_KEYS_FILE,
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

/** The one setting that issuing a platform credential from the command line needs. */
export function readApiDatabaseUrl(environment: NodeJS.ProcessEnv): string {
  const present = presentIn(environment);
  const result = schema.pick({ API_DATABASE_URL: true }).safeParse(present);
  if (!result.success) throw new WrongSettings(problemsOf(result.error.issues, present));
  return result.data.API_DATABASE_URL;
}

/** Settings that are empty in a file or a shell mean the same as settings that are not there. */
function presentIn(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function problemsOf(issues: readonly z.core.$ZodIssue[] = [], present: NodeJS.ProcessEnv) {
  return issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${name} ${present[name] === undefined ? 'is missing' : message}`;
  });
}

type FileSetting = Extract<keyof z.infer<typeof schema>, `${string}_FILE`>;

class SecretFiles {
  constructor(
    private readonly environment: NodeJS.ProcessEnv,
    private readonly problems: string[],
  ) {}

  /** The 32 bytes that a file holds in hexadecimal; none, and a problem noted, where it does not. */
  readKey(setting: FileSetting): Buffer {
    const hex = this.read(setting)?.trim();
    if (hex !== undefined && !/^[0-9a-fA-F]{64}$/.test(hex)) {
      this.problems.push(`${setting} must hold 32 random bytes as 64 hex digits`);
    }
    return Buffer.from(hex ?? '', 'hex');
  }

  /** The file's text; undefined, and a problem noted, where it cannot be read. */
  read(setting: FileSetting): string | undefined {
    const path = this.environment[setting];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reason = code ?? 'unknown error';
      this.problems.push(`${setting} names the file ${path}, which cannot be read (${reason})`);
      return undefined;
    }
  }
}
