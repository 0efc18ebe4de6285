import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' });
/** A token with less than this can be guessed. */
const TOKEN_LENGTH_MIN = 32;

const schema = z.object({
  WORKER_DATABASE_URL: postgresUrl,
  WORKER_PORT: port.default(8081),
  SIMULATED_HOST_URL: httpUrl,
  SIMULATED_HOST_TOKEN_FILE: z.string({ error: 'must name a file' }).min(1),
  HOST_LEASE_TTL_MS: z.coerce.number().int().min(3_000).max(600_000).default(30_000),
  JOB_CONCURRENCY: z.coerce.number().int().min(1).max(500).default(50),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  REDIS_URL: z
    .undefined({
      error: 'a queue in Redis is not supported yet; without it Postgres holds the queue',
    })
    .optional(),
});

/** Every variable that this process reads; `.env.example` explains each. */
export interface Settings {
  readonly workerDatabaseUrl: string;
  readonly port: number;
  readonly simulatedHostUrl: string;
  readonly simulatedHostToken: string;
  readonly hostLeaseTtlMs: number;
  readonly jobConcurrency: number;
  readonly logLevel: string;
}

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(readonly problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
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
    return present[name] === undefined ? `${name}: is missing` : `${name}: ${message}`;
  });
  const token = tokenFrom(present['SIMULATED_HOST_TOKEN_FILE'], problems);
  if (!result.success || problems.length > 0) throw new WrongSettings(problems);
  const { data } = result;
  return {
    workerDatabaseUrl: data.WORKER_DATABASE_URL,
    port: data.WORKER_PORT,
    simulatedHostUrl: data.SIMULATED_HOST_URL,
    simulatedHostToken: token,
    hostLeaseTtlMs: data.HOST_LEASE_TTL_MS,
    jobConcurrency: data.JOB_CONCURRENCY,
    logLevel: data.LOG_LEVEL,
  };
}

/** The secret comes as a file, so that it is in no process list and no environment dump. */
function tokenFrom(file: string | undefined, problems: string[]): string {
  if (file === undefined) return '';
  let token = '';
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `the file ${file} cannot be read (${code ?? 'unknown error'})`;
    problems.push(`SIMULATED_HOST_TOKEN_FILE: ${problem}`);
    return '';
  }
  if (token.length < TOKEN_LENGTH_MIN) {
    const problem = `the file ${file} holds fewer than ${TOKEN_LENGTH_MIN} characters`;
    problems.push(`SIMULATED_HOST_TOKEN_FILE: ${problem}`);
  }
  return token;
}
