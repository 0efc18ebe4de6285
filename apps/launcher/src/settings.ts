import { resolve } from 'node:path';
import { checkedKeyName } from '@bulkhead/event-store/proof';
import {
  httpUrl,
  logLevel,
  oneOf,
  port,
  postgresUrl,
  redisUrl,
  SettingsReading,
} from '@bulkhead/settings';
import { z } from 'zod';

const PARTS = ['postgres', 'api'] as const;
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

const schema = z.object({
  PORT: port.default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: httpUrl.optional(),
  BULKHEAD_HOME: z.string().default('./.bulkhead'),
  WORKER_PORT: port.optional(),
  SIMULATED_HOST_PORT: port.optional(),
  LOG_LEVEL: logLevel.default('info'),
  START_ONLY: oneOf(PARTS).optional(),
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

const keySchema = schema.pick({ BULKHEAD_HOME: true, TREE_HEAD_ORIGIN: true });

/** What `npm run keys` reads; whatever else is set says nothing of keys, so it is not looked at. */
export function readKeySettings(environment: NodeJS.ProcessEnv): z.infer<typeof keySchema> {
  const settings = new SettingsReading(keySchema, environment).settings();
  return { ...settings, BULKHEAD_HOME: resolve(settings.BULKHEAD_HOME) };
}

/** Reads and checks the settings; throws WrongSettings with all problems at once. */
export function readSettings(environment: NodeJS.ProcessEnv): LauncherSettings {
  const reading = new SettingsReading(schema, environment);
  const { given, problems } = reading;
  for (const name of given['DATABASE_URL'] ? [] : ROLE_URLS) {
    if (!given[name]) continue;
    problems.push(`${name} needs DATABASE_URL: without it an embedded Postgres is used`);
  }
  if (given['START_ONLY'] === 'postgres' && given['DATABASE_URL']) {
    problems.push(
      'START_ONLY=postgres starts the embedded Postgres, so it goes without DATABASE_URL',
    );
  }
  const settings = reading.settings();
  return { ...settings, BULKHEAD_HOME: resolve(settings.BULKHEAD_HOME) };
}

/** Whether the environment names any database; where it names none, the embedded one is meant. */
export function isAnyDatabaseNamed(environment: NodeJS.ProcessEnv): boolean {
  return ['DATABASE_URL', ...ROLE_URLS].some((name) => Boolean(environment[name]));
}

/** What migrations read; throws WrongSettings with all problems at once. */
export function readMigrationSettings(environment: NodeJS.ProcessEnv): MigrationSettings {
  return new SettingsReading(migrationSchema, environment).settings();
}
