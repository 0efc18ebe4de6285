import { resolve } from 'node:path';
import { checkedKeyName } from '@bulkhead/event-store/proof';
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
const PARTS = ['postgres', 'api'] as const;
const startOnly = z.enum(PARTS, {
  error: ({ input }) => `must be one of ${PARTS.join(', ')}, not "${input}"`,
});
// What a URL says is never repeated: it may hold a password.
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });
const redisUrl = z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' });

const treeHeadOrigin = z.string().refine(
  (name) => {
    try {
      return checkedKeyName(name) === name;
    } catch {
      return false;
    }
  },
  { error: 'must have 1 to 200 characters, and no white space or plus sign' },
);

/** Settings that are empty in a file or a shell mean the same as settings that are not there. */
const present = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }).optional(),
  BULKHEAD_HOME: z.string().default('./.bulkhead'),
  WORKER_PORT: port.optional(),
  SIMULATED_HOST_PORT: port.optional(),
  LOG_LEVEL: logLevel.default('info'),
  START_ONLY: startOnly.optional(),
  TREE_HEAD_ORIGIN: treeHeadOrigin.default('bulkhead/log'),
  DATABASE_URL: postgresUrl.optional(),
  API_DATABASE_URL: postgresUrl.optional(),
  WORKER_DATABASE_URL: postgresUrl.optional(),
  AUDIT_DATABASE_URL: postgresUrl.optional(),
  REDIS_URL: redisUrl.optional(),
});

const ROLE_URLS = ['API_DATABASE_URL', 'WORKER_DATABASE_URL', 'AUDIT_DATABASE_URL'] as const;

/** What `npm start` reads from its environment, with BULKHEAD_HOME made absolute. */
export type LauncherSettings = z.infer<typeof schema>;

const migrationSchema = z.object({
  DATABASE_URL: postgresUrl,
  API_DATABASE_URL: postgresUrl,
  WORKER_DATABASE_URL: postgresUrl,
  AUDIT_DATABASE_URL: postgresUrl,
});

export type MigrationSettings = z.infer<typeof migrationSchema>;

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  constructor(problems: readonly string[]) {
    super(`settings are wrong\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'WrongSettings';
  }
}

/** Reads and checks the settings; throws WrongSettings with all problems at once. */
export function readSettings(environment: NodeJS.ProcessEnv): LauncherSettings {
  const given = present(environment);
  const result = schema.safeParse(given);
  const problems = problemsOf(result.error?.issues, given);
  for (const name of given['DATABASE_URL'] ? [] : ROLE_URLS) {
    if (!given[name]) continue;
    problems.push(`${name} needs DATABASE_URL: without it an embedded Postgres is used`);
  }
  if (given['START_ONLY'] === 'postgres' && given['DATABASE_URL']) {
    problems.push(
      'START_ONLY=postgres starts the embedded Postgres, so it goes without DATABASE_URL',
    );
  }
  if (!result.success || problems.length > 0) throw new WrongSettings(problems);
  return { ...result.data, BULKHEAD_HOME: resolve(result.data.BULKHEAD_HOME) };
}

/** Whether the environment names any database; where it names none, the embedded one is meant. */
export function isAnyDatabaseNamed(environment: NodeJS.ProcessEnv): boolean {
  return ['DATABASE_URL', ...ROLE_URLS].some((name) => Boolean(environment[name]));
}

/** What migrations read; throws WrongSettings with all problems at once. */
export function readMigrationSettings(environment: NodeJS.ProcessEnv): MigrationSettings {
  const given = present(environment);
  const result = migrationSchema.safeParse(given);
  if (!result.success) throw new WrongSettings(problemsOf(result.error.issues, given));
  return result.data;
}

function problemsOf(issues: readonly z.core.$ZodIssue[] = [], given: NodeJS.ProcessEnv): string[] {
  return issues.map(({ path, message }) => {
    const name = path.join('.');
    return `${name} ${given[name] === undefined ? 'is missing' : message}`;
  });
}
