import { readFileSync } from 'node:fs';
import type { SimulatedFaults } from '@bulkhead/domain';
import { z } from 'zod';

/** A token with less than this can be guessed. */
const MIN_TOKEN_LENGTH = 32;
const MAX_TIME_SCALE = 1_000_000;

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
const timeScale = z
  .string()
  .refine((text) => Number(text) > 0 && Number(text) <= MAX_TIME_SCALE, {
    error: ({ input }) => `must be a number above 0 and up to ${MAX_TIME_SCALE}, not "${input}"`,
  })
  .transform(Number);

const faults = z
  .string()
  .refine((text) => text === 'off' || readFaults(text) !== null, {
    error: ({ input }) => `must be off, proposed or seed:NUMBER, not "${input}"`,
  })
  .transform(readFaults);

/** Every variable that this process reads; `.env.example` explains each. */
const variables = z.object({
  SIMULATED_HOST_PORT: port,
  SIMULATED_HOST_BIND: z.string().default('127.0.0.1'),
  SIMULATED_HOST_TOKEN_FILE: z.string(),
  SIMULATED_HOST_HOME: z.string(),
  SIMULATED_HOST_TIME_SCALE: timeScale.default(1),
  SIMULATED_HOST_FAULTS: faults.default(null),
  LOG_LEVEL: logLevel.default('info'),
});

export interface Settings {
  readonly port: number;
  readonly bind: string;
  readonly token: string;
  /** Folder of host specifications and journals. */
  readonly home: string;
  readonly timeScale: number;
  /** Of hosts that say nothing of it; null for none. */
  readonly faults: SimulatedFaults | null;
  readonly logLevel: string;
}

/** Thrown with every problem at once, each under the name of its variable. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
  constructor(readonly problems: readonly string[]) {
    super(`settings are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  // Settings that are empty in a file or a shell mean the same as settings that are not there.
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = variables.safeParse(present);
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = path.join('.');
    return `${name} ${present[name] === undefined ? 'is missing' : message}`;
  });
  const token = tokenFrom(present['SIMULATED_HOST_TOKEN_FILE'], problems);
  if (!parsed.success || token === null) throw new WrongSettings(problems);
  return {
    port: parsed.data.SIMULATED_HOST_PORT,
    bind: parsed.data.SIMULATED_HOST_BIND,
    token,
    home: parsed.data.SIMULATED_HOST_HOME,
    timeScale: parsed.data.SIMULATED_HOST_TIME_SCALE,
    faults: parsed.data.SIMULATED_HOST_FAULTS,
    logLevel: parsed.data.LOG_LEVEL,
  };
}

/** `proposed`: every fault by its assumed rate. `seed:7`: which come, and how often, is drawn from 7. */
function readFaults(text: string): SimulatedFaults | null {
  if (text === 'proposed') return { rates: 'proposed' };
  const seed = /^seed:(\d{1,10})$/.exec(text)?.[1];
  return seed === undefined ? null : { seed: Number(seed) };
}

/** The secret comes as a file, so that it is in no process list and no environment dump. */
function tokenFrom(file: string | undefined, problems: string[]): string | null {
  if (!file) return null;
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `names the file ${file}, which cannot be read (${code ?? 'unknown error'})`;
    problems.push(`SIMULATED_HOST_TOKEN_FILE ${problem}`);
    return null;
  }
  if (token.length >= MIN_TOKEN_LENGTH) return token;
  const problem = `names the file ${file}, which holds fewer than ${MIN_TOKEN_LENGTH} characters`;
  problems.push(`SIMULATED_HOST_TOKEN_FILE ${problem}`);
  return null;
}
