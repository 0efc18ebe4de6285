import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../processes/process-identity.js';

const POLL_MS = 10;
/** How a server is asked to end, ever more firmly, and how long each request may take. */
const STOP_STEPS = [
  { signal: 'SIGINT', timeoutMs: 15_000 },
  { signal: 'SIGQUIT', timeoutMs: 5_000 },
  { signal: 'SIGKILL', timeoutMs: 5_000 },
] as const;
const FORBIDDEN: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);
/** What the kernel calls a server, whatever that writes into its own title. */
const PROGRAM = 'postgres';
const PID_LINE = 0;
const PORT_LINE = 3;
const STATUS_LINE = 7;

/** What a running server says of itself in its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** Reads who runs on a data folder, and changes nothing there: a server ends that misses its pid file. */
export function findPostmaster(dataFolder: string): Postmaster | undefined {
  const postmaster = readPidFile(dataFolder);
  if (postmaster === undefined || !isRunning(postmaster.pid)) return undefined;
  return worksOn(postmaster.pid, dataFolder) ? postmaster : undefined;
}

/**
 * The same for the owner of the folder, who alone starts servers on it. A pid file whose number some other program has
 * got is removed: a server would take that for a living rival. One whose process is gone is left to the next server, which
 * finds by it what a killed one may have left running.
 */
export function findPostmasterAsOwner(dataFolder: string): Postmaster | undefined {
  const postmaster = readPidFile(dataFolder);
  if (postmaster === undefined || !isRunning(postmaster.pid)) return undefined;
  if (worksOn(postmaster.pid, dataFolder)) return postmaster;
  rmSync(join(dataFolder, 'postmaster.pid'), { force: true });
  return undefined;
}

/** Reads `postmaster.pid` as it stands; undefined when absent or not yet written. */
export function readPidFile(dataFolder: string): Postmaster | undefined {
  try {
    const lines = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[PID_LINE]);
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    const ready = lines[STATUS_LINE]?.trim() === 'ready';
    return { pid, port: Number(lines[PORT_LINE]), ready };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A server works inside its data folder; where that cannot be read, its number and its name must do: who may not trace
 * processes of other accounts, as root in most containers may not, would take a living server's file away, but may
 * well end whatever else has that number.
 */
function worksOn(pid: number, dataFolder: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataFolder);
  } catch (error) {
    return FORBIDDEN.has((error as NodeJS.ErrnoException).code ?? '') && isNamedPostgres(pid);
  }
}

/** Everybody may read the name of every process. */
function isNamedPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === PROGRAM;
  } catch {
    return false;
  }
}

/** Ends a server: no new connections and a clean shutdown first, force only after time-outs. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const { signal, timeoutMs } of STOP_STEPS) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await isGoneWithin(pid, timeoutMs)) return;
  }
  throw new Error(`Postgres (process ${pid}) does not end, not even when killed.`);
}

async function isGoneWithin(pid: number, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += POLL_MS) {
    if (!isRunning(pid)) return true;
    await sleep(POLL_MS);
  }
  return false;
}
