import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

/** Of the running server itself, or what comes from the archive instead. */
const NOT_COPIED = new Set(['postmaster.pid', 'postmaster.opts', 'pg_wal']);
const CONTROL_FILE = join('global', 'pg_control');
const COMPLAINTS_BYTES_MAX = 16 * 1024 * 1024;
const run = promisify(execFile);

export interface DataFolderBackup {
  /** A superuser's. */
  readonly url: string;
  /** The server's data folder, on this machine. */
  readonly from: string;
  /** Gets its name only when the backup is whole; the same owner as `from`. */
  readonly to: string;
  /** Hears what the server has to say meanwhile, such as that it waits for the archive. */
  readonly say: (line: string) => void;
}

/**
 * What `pg_basebackup` does, with what every installation has: a copy of the data folder of a server that
 * goes on working, and the label that tells a restore from which WAL on to replay. Ends when all WAL that
 * it needs is archived.
 * @throws Error where nothing is archived, because the copy alone would be worthless, or `to` exists
 */
export async function backUpDataFolder({ url, from, to, say }: DataFolderBackup): Promise<void> {
  if (existsSync(to)) throw new Error(`${to} exists already`);
  const client = new pg.Client({ connectionString: url, application_name: 'bulkhead-backup' });
  client.on('notice', ({ message }) => say(message ?? ''));
  await client.connect();
  try {
    const { rows: modes } = await client.query<{ archive_mode: string }>('SHOW archive_mode');
    if (modes[0]?.archive_mode === 'off') {
      throw new Error(
        `the server archives no WAL, without which no backup can be restored: set archive_mode and archive_command in ${from}/postgresql.conf and start it again (docs/guides/backup-and-restore.md)`,
      );
    }
    const draft = `${to}.partial`;
    rmSync(draft, { recursive: true, force: true });
    makeLike(from, draft);
    // It ends with the session, so one session does everything.
    await client.query(`SELECT pg_backup_start('base', true)`);
    await copyWhileItChanges(from, draft);
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(true)',
    );
    writeFileSync(join(draft, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
    giveAsIs(from, join(draft, 'backup_label'));
    await run('sync', ['-f', draft]);
    renameSync(draft, to);
  } finally {
    await client.end();
  }
}

async function copyWhileItChanges(from: string, to: string): Promise<void> {
  const names = readdirSync(from).filter((name) => !NOT_COPIED.has(name));
  await copy(
    names.map((name) => join(from, name)),
    to,
  );
  // It tells where the last checkpoint was, so it is taken after everything else.
  await copy([join(from, CONTROL_FILE)], join(to, 'global'));
  makeLike(join(from, 'pg_wal'), join(to, 'pg_wal'));
}

/** Files that vanish meanwhile are made again, or deleted, by what is replayed. */
async function copy(sources: readonly string[], to: string): Promise<void> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  const options = { env, maxBuffer: COMPLAINTS_BYTES_MAX };
  await run('cp', ['-a', ...sources, `${to}/`], options).catch((error: { stderr?: string }) => {
    const complaints = (error.stderr ?? '').trim().split('\n');
    if (!complaints.every((line) => line.endsWith('No such file or directory'))) throw error;
  });
}

function makeLike(model: string, folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  giveAsIs(model, folder);
}

/** For root, who runs the server as another account; for everyone else the owner is the same anyway. */
function giveAsIs(model: string, path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  chownSync(path, uid, gid);
}
