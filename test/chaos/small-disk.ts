import { execFileSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MOUNT_TIMEOUT_MS = 10_000;
/** Falling, so that the last few bytes are taken too. */
const PIECES_BYTES = [1 << 20, 1 << 14, 1 << 10];

/** A real file system with little room, in memory. Only root can make one. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** Null, with the reason said aloud, where this machine does not let us mount anything. */
  static mount(path: string, sizeMiB: number): SmallDisk | null {
    mkdirSync(path, { recursive: true, mode: 0o711 });
    try {
      run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0711`, 'tmpfs', path]);
      return new SmallDisk(path);
    } catch (error) {
      const [reason] = (error as Error).message.split('\n').slice(-2);
      console.warn(`NOT TESTED: a full disk, because none can be mounted here (${reason})`);
      rmSync(path, { recursive: true, force: true });
      return null;
    }
  }

  /** A folder on it that another account owns. */
  folderFor({ uid, gid }: { uid: number; gid: number }): string {
    const folder = join(this.path, 'tablespace');
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, uid, gid);
    return folder;
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.ballast, 'w');
    for (const bytes of PIECES_BYTES) {
      const piece = Buffer.alloc(bytes);
      while (wrote(file, piece));
    }
    closeSync(file);
  }

  relieve(): void {
    rmSync(this.ballast, { force: true });
  }

  unmount(): void {
    run('umount', [this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  private get ballast(): string {
    return join(this.path, 'ballast');
  }
}

function wrote(file: number, piece: Buffer): boolean {
  try {
    return writeSync(file, piece) === piece.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, [...args], { stdio: 'pipe', timeout: MOUNT_TIMEOUT_MS });
}
