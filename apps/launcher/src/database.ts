import { join } from 'node:path';
import type { Home } from './home/home.js';
import { type RoleUrls, roleUrls } from './home/role-urls.js';
import type { Terminal } from './output/terminal.js';
import { startEmbeddedPostgres } from './postgres/embedded-postgres.js';
import { KeptPostgres } from './postgres/kept-postgres.js';
import { isRestoring } from './postgres/server.js';
import type { LauncherSettings } from './settings.js';

/** A start takes a moment, unless the server was killed and has much to replay. */
const SLOW_START_MS = 10_000;

/** The database that the processes use, embedded or given. */
export interface Database {
  readonly roles: RoleUrls;
  /** For people: where it is, without any password. */
  readonly description: string;
  stop(): Promise<void>;
}

/**
 * Opens the database: the embedded one, or the given one when DATABASE_URL is set, and brings it
 * to this version. An embedded server that ends by itself is started again; `fail` hears where that is
 * no use. When `end` is aborted, no server is started any more, and one that still comes up is stopped.
 */
export async function openDatabase(
  settings: LauncherSettings,
  home: Home,
  terminal: Terminal,
  end: AbortSignal,
  fail: (error: Error) => void,
): Promise<Database> {
  // Its modules take as long to load as the server takes to start, so both happen at once.
  const eventStore = import('@bulkhead/event-store');
  eventStore.catch(() => undefined);
  const server = settings.DATABASE_URL
    ? given(settings.DATABASE_URL)
    : await embedded(home, terminal, end, fail);
  try {
    terminal.timing('Postgres is ready');
    const roles = roleUrls(server.url, settings, home.rolePasswordsFile);
    const { migrate, connectionProblem } = await eventStore;
    await migrate({ databaseUrl: server.url, roles }).catch((error: unknown) => {
      const problem = settings.DATABASE_URL && connectionProblem(error, settings.DATABASE_URL);
      throw problem ? new Error(`DATABASE_URL: ${problem}`) : error;
    });
    terminal.timing('the database is at this version');
    return { roles, description: server.description, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Server {
  readonly url: string;
  readonly description: string;
  stop(): Promise<void>;
}

function given(url: string): Server {
  const { host, pathname } = new URL(url);
  return { url, description: `${host}${pathname} (DATABASE_URL)`, stop: async () => undefined };
}

async function embedded(
  home: Home,
  terminal: Terminal,
  end: AbortSignal,
  fail: (error: Error) => void,
): Promise<Server> {
  if (isRestoring(join(home.postgres, 'data'))) {
    terminal.say(`Postgres replays what was archived; ${home.postgres}/server.log tells how far.`);
  }
  const slow = setTimeout(() => {
    terminal.say(`Postgres still starts; ${home.postgres}/server.log tells how far it has come.`);
  }, SLOW_START_MS);
  const started = startEmbeddedPostgres({ folder: home.postgres, unwanted: end });
  const server = await started.finally(() => clearTimeout(slow));
  if (server.adopted) terminal.say('Took over the Postgres that an earlier start left running.');
  const serverLog = join(home.postgres, 'server.log');
  const warn = (line: string) => terminal.warn(line);
  const kept = new KeptPostgres(server, { serverLog, warn, fail, end });
  return {
    url: server.url,
    description: `127.0.0.1:${server.port}/bulkhead (embedded)`,
    stop: () => kept.stop(),
  };
}
