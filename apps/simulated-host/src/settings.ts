import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A token with less than this can be guessed. */
const MIN_TOKEN_LENGTH = 32;
const MAX_TIME_SCALE = 1_000_000;

const port = z.coerce.number().int().min(0).max(65_535);

/** Every variable that this process reads; `.env.example` explains each. */
const variables = z.object({
  SIMULATED_HOST_PORT: port,
  SIMULATED_HOST_BIND: z.string().min(1).default('127.0.0.1'),
  SIMULATED_HOST_TOKEN_FILE: z.string().min(1),
  SIMULATED_HOST_HOME: z.string().min(1),
  SIMULATED_HOST_TIME_SCALE: z.coerce.number().positive().max(MAX_TIME_SCALE).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

export interface Settings {
  readonly port: number;
  readonly bind: string;
  readonly token: string;
  /** Folder of host specifications and journals. */
  readonly home: string;
  readonly timeScale: number;
  readonly logLevel: string;
}

/** Thrown with every problem at once, each under the name of its variable. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly problems: readonly string[]) {
    super(`settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = variables.safeParse(env);
  const problems: string[] = [];
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = path.join('.');
      problems.push(env[name] === undefined ? `${name} is missing` : `${name}: ${message}`);
    }
  }
  const token = tokenFrom(env['SIMULATED_HOST_TOKEN_FILE'], problems);
  if (!parsed.success || token === null) throw new SettingsError(problems);
  return {
    port: parsed.data.SIMULATED_HOST_PORT,
    bind: parsed.data.SIMULATED_HOST_BIND,
    token,
    home: parsed.data.SIMULATED_HOST_HOME,
    timeScale: parsed.data.SIMULATED_HOST_TIME_SCALE,
    logLevel: parsed.data.LOG_LEVEL,
  };
}

/** The secret comes as a file, so that it is in no process list and no environment dump. */
function tokenFrom(file: string | undefined, problems: string[]): string | null {
  if (!file) return null;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    problems.push(`SIMULATED_HOST_TOKEN_FILE: ${file} cannot be read (${code ?? 'unknown error'})`);
    return null;
  }
  if (token.length >= MIN_TOKEN_LENGTH) return token;
  problems.push(
    `SIMULATED_HOST_TOKEN_FILE: ${file} holds fewer than ${MIN_TOKEN_LENGTH} characters`,
  );
  return null;
}
