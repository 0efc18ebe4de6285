import { chownSync } from 'node:fs';
import { serverAccount } from '../../../apps/launcher/src/postgres/server-account.js';

/** A file that is in the archive already is never written over. */
export function archiving(archive: string): Record<string, string> {
  const command = `test ! -f ${archive}/%f && cp %p ${archive}/%f`;
  return { archive_mode: 'on', wal_level: 'replica', archive_command: command };
}

/** Makes a file or folder the server's, where it runs as another account. */
export function give(path: string, dataFolder: string): void {
  const account = serverAccount(dataFolder);
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

/** Ends a process at once, if it has not ended by itself. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself, because its postmaster is gone.
  }
}
