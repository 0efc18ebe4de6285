import type { Home } from '../home/home.js';
import type { LauncherSettings } from '../settings.js';

const WHAT = {
  postgres: 'Postgres is up, and nothing else',
  api: 'Postgres and the api are up, no worker',
} as const;

/** What a person needs to know of a start of a part: `url` is the api's, null where there is none. */
export function partLines(
  only: NonNullable<LauncherSettings['START_ONLY']>,
  home: Pick<Home, 'path' | 'postgres'>,
  database: string,
  url: string | null,
): string[] {
  return [
    `${WHAT[only]} (START_ONLY=${only}).`,
    '',
    ...(url === null ? [] : [`  REST API     ${url}`]),
    `  Postgres     ${database}`,
    `  Superuser    postgres; the password of an embedded one stands in ${home.postgres}/password`,
    '  Statements   npm run -s sql -- "SELECT count(*) FROM log.events"',
    `  Home         ${home.path}`,
    '',
    'Ctrl-C stops everything.',
  ];
}
