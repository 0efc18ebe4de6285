import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const file = z.string({ error: 'must name a file' }).min(1);

const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }).optional(),
  API_DATABASE_URL: postgresUrl,
  AUDIT_DATABASE_URL: postgresUrl,
  TOKEN_SIGNING_KEY_FILE: file,
  RESPONSE_KEY_FILE: file,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
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
  /** 32 random bytes; cursors and pseudonyms derive their keys from it. */
  readonly responseKey: Buffer;
  readonly logLevel: z.infer<typeof schema>['LOG_LEVEL'];
}

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks the settings, and the files that they name.
 * @throws WrongSettings with all problems at once
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  // Settings that are empty in a file or a shell mean the same as settings that are not there.
  const present = Object.entries(environment).filter(([, value]) => value !== '');
  const result = schema.safeParse(Object.fromEntries(present));
  const problems = (result.error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
  const secrets = new SecretFiles(environment, problems);
  const tokenSigningKeyPem = secrets.read('TOKEN_SIGNING_KEY_FILE') ?? '';
  const responseKeyHex = secrets.read('RESPONSE_KEY_FILE')?.trim();
  if (responseKeyHex !== undefined && !/^[0-9a-fA-F]{64}$/.test(responseKeyHex)) {
    problems.push('RESPONSE_KEY_FILE: must hold 32 random bytes as 64 hex digits');
  }
  if (!result.success || problems.length > 0) throw new WrongSettings(problems);
  const { PORT, HOST, PUBLIC_URL, API_DATABASE_URL, AUDIT_DATABASE_URL, LOG_LEVEL } = result.data;
  return {
    port: PORT,
    host: HOST,
    publicUrl: (PUBLIC_URL ?? `http://${HOST}:${PORT}`).replace(/\/$/, ''),
    apiDatabaseUrl: API_DATABASE_URL,
    auditDatabaseUrl: AUDIT_DATABASE_URL,
    tokenSigningKeyPem,
    responseKey: Buffer.from(responseKeyHex ?? '', 'hex'),
    logLevel: LOG_LEVEL,
  };
}

/** The one setting that issuing a platform credential from the command line needs. */
export function readApiDatabaseUrl(environment: NodeJS.ProcessEnv): string {
  const result = schema.pick({ API_DATABASE_URL: true }).safeParse(environment);
  if (!result.success) throw new WrongSettings(['API_DATABASE_URL: must be a postgres:// URL']);
  return result.data.API_DATABASE_URL;
}

class SecretFiles {
  constructor(
    private readonly environment: NodeJS.ProcessEnv,
    private readonly problems: string[],
  ) {}

  /** The file's text; undefined, and a problem noted, where it cannot be read. */
  read(setting: 'TOKEN_SIGNING_KEY_FILE' | 'RESPONSE_KEY_FILE'): string | undefined {
    const path = this.environment[setting];
    if (path === undefined || path === '') return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.problems.push(
        `${setting}: the file ${path} cannot be read (${code ?? 'unknown error'})`,
      );
      return undefined;
    }
  }
}
