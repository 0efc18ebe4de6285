import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, whyPortIsUnusable } from '../processes/ports.js';
import type { PostgresBinaries } from './binaries.js';
import { type ClusterFolder, nameForServer, SERVER_ENVIRONMENT } from './cluster.js';
import { type Postmaster, readPidFile, stopPostmaster } from './postmaster.js';
import type { ServerAccount } from './server-account.js';

const ADDRESS = '127.0.0.1';
const MAX_LAUNCHES = 4;
const RELAUNCH_DELAY_MS = 500;
/** A server that has begun to start has written its pid file by then; one that cannot start ends by itself. */
const BEGUN_TIMEOUT_MS = 60_000;
/**
 * One that was killed first replays what it had not written out, and a restored one all WAL that was archived since its
 * backup, which may take the better part of a day. Who ends it meanwhile has it begin anew.
 */
const RECOVERED_TIMEOUT_MS = 24 * 60 * 60_000;
const READY_POLL_MS = 5;
const MAX_SERVER_LOG_BYTES = 16 * 1024 * 1024;
const SHOWN_LOG_BYTES = 2_000;

/** How a server is to be launched; a port that is not fixed is only a wish. */
export interface Launch {
  readonly port?: number;
  readonly portIsFixed: boolean;
  readonly settings: Readonly<Record<string, string>>;
  /** Aborted where nobody wants it any more. A restore may wait for its archive for hours, or for ever. */
  readonly unwanted?: AbortSignal;
  /** How long it may take to write its pid file. */
  readonly begunWithinMs?: number;
}

/**
 * Launches the server and waits until it takes connections. A launch may fail for a passing
 * reason (its port was just taken, backends of a killed server still end), so it is repeated a
 * few times before the end of the server's log becomes the error.
 */
export async function launchServer(
  folder: ClusterFolder,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
  launch: Launch,
): Promise<Postmaster> {
  const problem = launch.portIsFixed && (await whyPortIsUnusable(launch.port ?? 0, ADDRESS));
  if (problem) throw new Error(`Postgres cannot start. ${problem}`);
  capServerLog(folder.serverLog);
  let logStart = 0;
  for (let attempt = 1; attempt <= MAX_LAUNCHES; attempt += 1) {
    const port =
      launch.portIsFixed && launch.port ? launch.port : await freePort(ADDRESS, launch.port);
    logStart = statSync(folder.serverLog, { throwIfNoEntry: false })?.size ?? 0;
    launch.unwanted?.throwIfAborted();
    const child = spawnServer(folder, binaries, account, port, launch.settings);
    const postmaster = await untilItIsReady(child, folder.data, launch);
    if (postmaster) return postmaster;
    await sleep(RELAUNCH_DELAY_MS);
  }
  throw new Error(`Postgres does not start: ${logSince(folder.serverLog, logStart)}`);
}

function spawnServer(
  folder: ClusterFolder,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
  port: number,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  const fixed = {
    listen_addresses: ADDRESS,
    unix_socket_directories: '',
    port: String(port),
    // A standby that takes readers calls itself ready long before anybody may write.
    ...(isRestoring(folder.data) ? { hot_standby: 'off' } : {}),
  };
  const all = Object.entries({ timezone: 'UTC', log_timezone: 'UTC', ...settings, ...fixed });
  const flags = all.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // The log is a file, not a pipe: it outlives a launcher that is killed. Its own session keeps
  // the terminal's Ctrl-C away from the server, which is to stop last.
  const log = openSync(folder.serverLog, 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, ['-D', nameForServer(folder.data, account), ...flags], {
      cwd: folder.data,
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', log, log],
      detached: true,
      ...account,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** @throws the reason of the signal, when the server has ended, where it is no longer wanted */
async function untilItIsReady(
  child: ChildProcess,
  data: string,
  { unwanted, begunWithinMs }: Launch,
): Promise<Postmaster | undefined> {
  let ended = false;
  let failure: Error | undefined;
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', (error) => {
    failure = error;
  });
  const isThere = () => !ended && failure === undefined;
  const postmaster = await untilReady(data, child.pid, isThere, unwanted, begunWithinMs);
  if (failure) throw failure;
  if (!ended && unwanted?.aborted && child.pid !== undefined) await stopPostmaster(child.pid);
  unwanted?.throwIfAborted();
  if (!ended && postmaster === undefined) child.kill('SIGQUIT');
  return postmaster;
}

/** Waits for the server of that number until it takes connections; undefined where it is gone, or nobody wants it any more. */
export async function untilReady(
  data: string,
  pid: number | undefined,
  isThere: () => boolean,
  unwanted: AbortSignal | undefined,
  begunWithinMs = BEGUN_TIMEOUT_MS,
): Promise<Postmaster | undefined> {
  const startedAt = performance.now();
  while (isThere() && !unwanted?.aborted) {
    const postmaster = readPidFile(data);
    const hasBegun = postmaster !== undefined && postmaster.pid === pid;
    if (hasBegun && postmaster.ready) return postmaster;
    const withinMs = hasBegun ? RECOVERED_TIMEOUT_MS : begunWithinMs;
    if (performance.now() - startedAt > withinMs) return undefined;
    await sleep(READY_POLL_MS);
  }
  return undefined;
}

/** Whether a server on this data folder replays archived WAL before anybody may write. */
export function isRestoring(data: string): boolean {
  return existsSync(join(data, 'recovery.signal'));
}

function capServerLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_SERVER_LOG_BYTES) truncateSync(path);
}

function logSince(path: string, start: number): string {
  const log = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(SHOWN_LOG_BYTES);
    return buffer.toString('utf8', 0, readSync(log, buffer, 0, SHOWN_LOG_BYTES, start)).trim();
  } finally {
    closeSync(log);
  }
}
