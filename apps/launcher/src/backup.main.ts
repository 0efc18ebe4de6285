import { join, resolve } from 'node:path';
import { runningHome } from './home/administration.js';
import { backUpDataFolder } from './postgres/back-up-data-folder.js';
import { readSettings } from './settings.js';

const USAGE = 'Usage: npm run -s backup -- FOLDER   (which must not exist yet)';

/** Copies the data of the home's running Postgres, from which it can be restored with archived WAL. */
async function run(folder: string): Promise<void> {
  if (folder === '') throw new Error(`where to is not said\n${USAGE}`);
  const settings = readSettings(process.env);
  if (settings.DATABASE_URL) {
    throw new Error('DATABASE_URL is set: take the base backup of that server with pg_basebackup');
  }
  const { home, url } = runningHome(settings);
  const to = resolve(folder);
  const from = join(home.postgres, 'data');
  await backUpDataFolder({ url, from, to, say: (line) => console.error(line) });
  console.log(
    `${to}: a base backup. With the WAL archived from now on, any later moment comes back.`,
  );
}

const given = process.argv.slice(2);
try {
  await run((given[0] === 'backup' ? given[1] : given[0]) ?? '');
} catch (error) {
  console.error(`bulkhead backup: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
