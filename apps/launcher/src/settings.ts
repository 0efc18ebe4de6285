import { resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// URL' });

/** Settings that are empty in a file or a shell mean the same as settings that are not there. */
const present = (environment: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));

const schema = z
  .object({
    PORT: port.default(8080),
    HOST: z.string().default('127.0.0.1'),
    PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }).optional(),
    BULKHEAD_HOME: z.string().default('./.bulkhead'),
    WORKER_PORT: port.optional(),
    SIMULATED_HOST_PORT: port.optional(),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info'),
    DATABASE_URL: postgresUrl.optional(),
    API_DATABASE_URL: postgresUrl.optional(),
    WORKER_DATABASE_URL: postgresUrl.optional(),
    AUDIT_DATABASE_URL: postgresUrl.optional(),
  })
  .superRefine((settings, context) => {
    if (settings.DATABASE_URL) return;
    for (const name of ['API_DATABASE_URL', 'WORKER_DATABASE_URL', 'AUDIT_DATABASE_URL'] as const) {
      if (settings[name]) {
        const message = 'needs DATABASE_URL: without it an embedded Postgres is used';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
  });

/** What `npm start` reads from its environment, with BULKHEAD_HOME made absolute. */
export type LauncherSettings = z.infer<typeof schema>;

/** A setting is missing or wrong; the message lists every one of them by name. */
export class WrongSettings extends Error {
  constructor(problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'WrongSettings';
  }
}

/** Reads and checks the settings; throws WrongSettings with all problems at once. */
export function readSettings(environment: NodeJS.ProcessEnv): LauncherSettings {
  const result = schema.safeParse(present(environment));
  if (!result.success) {
    throw new WrongSettings(
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  }
  return { ...result.data, BULKHEAD_HOME: resolve(result.data.BULKHEAD_HOME) };
}
