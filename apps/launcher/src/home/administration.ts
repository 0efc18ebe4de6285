import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runningPostgresUrl } from '../postgres/embedded-postgres.js';
import type { LauncherSettings } from '../settings.js';
import { type Home, openHome } from './home.js';

/** The home whose embedded Postgres was made by `npm start`; undefined where there is none. */
export function homeWithPostgres(path: string): Home | undefined {
  return existsSync(join(path, 'postgres', 'data')) ? openHome(path) : undefined;
}

/**
 * Where an administrator's statements go: the database of DATABASE_URL, or else the embedded one of the
 * home, as its superuser. @throws Error that says how to start it, where it does not run
 */
export function administratorUrl(settings: LauncherSettings): string {
  if (settings.DATABASE_URL) return settings.DATABASE_URL;
  return runningHome(settings).url;
}

/** The home and its running server. @throws Error that says how to start it */
export function runningHome({ BULKHEAD_HOME: path }: LauncherSettings): {
  home: Home;
  url: string;
} {
  const home = homeWithPostgres(path);
  if (home === undefined) {
    throw new Error(
      `there is no embedded Postgres in BULKHEAD_HOME ${path}. Set BULKHEAD_HOME to the home of an installation, or DATABASE_URL to a Postgres of yours.`,
    );
  }
  const url = runningPostgresUrl(home.postgres);
  if (url !== undefined) return { home, url };
  throw new Error(
    `the Postgres of ${path} does not run. Start it with npm start, or alone with START_ONLY=postgres npm start.`,
  );
}
