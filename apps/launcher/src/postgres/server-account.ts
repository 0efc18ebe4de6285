import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

const ACCOUNT_TIMEOUT_MS = 10_000;
/** The account of a system Postgres, then the one that is created where there is none. */
const ACCOUNT_NAMES = ['postgres', 'bulkhead-postgres'] as const;
const CREATED_ACCOUNT = ACCOUNT_NAMES[1];

/** Another unix account that the database server runs as. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root. For root this answers the account to run it as: the owner of
 * the data folder where one exists, else `postgres`, else an account of its own, created once.
 * For everyone else it answers undefined: the server runs as the caller.
 */
export function serverAccount(dataFolder: string): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (process.platform !== 'linux') {
    throw new Error('As root, the embedded Postgres runs on Linux only. Start as another user.');
  }
  return ownerOf(dataFolder) ?? knownAccount() ?? createAccount();
}

function ownerOf(folder: string): ServerAccount | undefined {
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 };
  return uid === 0 ? undefined : { uid, gid };
}

function knownAccount(): ServerAccount | undefined {
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ACCOUNT_NAMES) {
    const [, , uid, gid] = entries.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

function createAccount(): ServerAccount {
  const flags = ['--system', '--no-create-home', '--user-group', '--shell', '/usr/sbin/nologin'];
  try {
    execFileSync('useradd', [...flags, CREATED_ACCOUNT], {
      stdio: 'pipe',
      timeout: ACCOUNT_TIMEOUT_MS,
    });
  } catch (error) {
    throw new Error(
      'Postgres does not run as root, and no account could be created for it. Create an account ' +
        `named ${CREATED_ACCOUNT}, or start as another user.`,
      { cause: error },
    );
  }
  const account = knownAccount();
  if (account === undefined) throw new Error(`useradd made no account named ${CREATED_ACCOUNT}.`);
  return account;
}
