import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from './binaries.js';
import type { ServerAccount } from './server-account.js';

const INITDB_TIMEOUT_MS = 60_000;
const PASSWORD_BYTES = 32;
const PASSWORD_FD = 3;

/**
 * In the data folder's own configuration, not on a server's command line, so that a copy of the folder
 * starts by itself: a server that replays WAL refuses to have fewer than the one that wrote it.
 */
const CLUSTER_SETTINGS = { max_connections: '200' };

export const SUPERUSER = 'postgres';
/** Nothing of the caller's environment (PGDATA, PGPORT, LC_ALL, …) reaches the server. */
export const SERVER_ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** The files of one embedded Postgres. Only `data` belongs to the server's account. */
export interface ClusterFolder {
  readonly path: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly serverLog: string;
  readonly ownerFile: string;
  readonly launchFile: string;
}

/** Names the files below a folder, which is created for its owner alone. */
export function clusterFolder(path: string): ClusterFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return {
    path,
    data: join(path, 'data'),
    passwordFile: join(path, 'password'),
    serverLog: join(path, 'server.log'),
    ownerFile: join(path, 'owner'),
    launchFile: join(path, 'launch.json'),
  };
}

/** Reads the superuser's password; the first time it draws one and keeps it with mode 0600. */
export function clusterPassword(folder: ClusterFolder): string {
  if (!existsSync(folder.passwordFile)) {
    if (existsSync(folder.data)) {
      throw new Error(`${folder.passwordFile} is missing, and ${folder.data} needs it.`);
    }
    const password = randomBytes(PASSWORD_BYTES).toString('hex');
    writeFileSync(folder.passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  }
  return readFileSync(folder.passwordFile, 'utf8').trim();
}

/**
 * The name under which the server knows a folder. Another account may be unable to walk down to
 * it (a 0700 home above), so it is handed the folder as its working directory instead, which is
 * entered before the account changes.
 */
export function nameForServer(folder: string, account: ServerAccount | undefined): string {
  return account ? '/proc/self/cwd' : folder;
}

/** Creates the cluster once. It gets its name only when complete, so a crash leaves no half one. */
export async function createCluster(
  folder: ClusterFolder,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<void> {
  if (existsSync(folder.data)) return;
  const draft = `${folder.data}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (account) chownSync(draft, account.uid, account.gid);
  await runInitdb(folder, draft, binaries, account);
  renameSync(draft, folder.data);
}

async function runInitdb(
  folder: ClusterFolder,
  draft: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<void> {
  const passwordCopy = `${folder.passwordFile}.initdb`;
  rmSync(passwordCopy, { force: true });
  writeFileSync(passwordCopy, readFileSync(folder.passwordFile), { mode: 0o600, flag: 'wx' });
  if (account) chownSync(passwordCopy, account.uid, account.gid);
  const passwordFd = openSync(passwordCopy, 'r');
  const flags = [
    `--pgdata=${nameForServer(draft, account)}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${account ? `/proc/self/fd/${PASSWORD_FD}` : passwordCopy}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...Object.entries(CLUSTER_SETTINGS).map(([name, value]) => `--set=${name}=${value}`),
  ];
  const child = spawn(binaries.initdb, flags, {
    cwd: draft,
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', 'ignore', 'pipe', passwordFd],
    timeout: INITDB_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...account,
  });
  try {
    let complaints = '';
    child.stderr?.on('data', (chunk) => {
      complaints += chunk;
    });
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`initdb could not create ${draft}: ${complaints.trim()}`);
  } finally {
    closeSync(passwordFd);
    rmSync(passwordCopy, { force: true });
  }
}
