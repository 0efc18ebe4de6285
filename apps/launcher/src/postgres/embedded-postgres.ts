import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { claimOwnership } from '../processes/ownership.js';
import { isRunning, processIdentity } from '../processes/process-identity.js';
import { postgresBinaries } from './binaries.js';
import {
  type ClusterFolder,
  clusterFolder,
  clusterPassword,
  createCluster,
  SUPERUSER,
} from './cluster.js';
import { answersAt, ensureDatabase } from './connection.js';
import {
  findPostmaster,
  findPostmasterAsOwner,
  type Postmaster,
  stopPostmaster,
} from './postmaster.js';
import { launchServer, untilReady } from './server.js';
import { serverAccount } from './server-account.js';

const DATABASE = 'bulkhead';

/** Where the cluster lives, and how its server is to run. */
export interface EmbeddedPostgresOptions {
  /** Holds the data, the password and the server's log; created for its owner alone. */
  readonly folder: string;
  /** A fixed port; by default the last one when it is free, else any free one. */
  readonly port?: number;
  /** Server settings by name, for instance `{ fsync: 'off' }` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Aborted to end a start, the first or a later one, that is under way. */
  readonly unwanted?: AbortSignal;
}

/** What a server ran on is not there any more: an empty one in its place would pass for all there ever was. */
export class DataFolderGone extends Error {
  override readonly name = 'DataFolderGone';
  constructor(data: string) {
    super(
      `Postgres is not started: its data folder ${data} is gone. Put it back, or restore a backup; whoever wants to begin with nothing removes the whole home.`,
    );
  }
}

/** A running server that belongs to this process. */
export interface EmbeddedPostgres {
  /** Superuser URL of the database `bulkhead`. */
  readonly url: string;
  readonly port: number;
  /** True when the server was left behind by an owner that was killed. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Whether this very server runs; another process may have its number once it has ended. */
  isRunning(): boolean;
  /**
   * After it ended by itself: the same server, at the same port and with the same settings; or the one that
   * somebody else has started there since.
   * @throws DataFolderGone where there is nothing any more that it could be started on
   */
  startAgain(): Promise<EmbeddedPostgres>;
  stop(): Promise<void>;
}

/**
 * Starts a Postgres that needs nothing installed, on 127.0.0.1 only, as root or as anyone. A
 * server that a killed owner left behind is adopted when it answers to the folder's password and
 * runs with the wanted port and settings; otherwise it is stopped and started again. A folder
 * whose owner lives is refused with AlreadyOwned, one on which a server ran and whose data are gone
 * with DataFolderGone.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const folder = clusterFolder(resolve(options.folder));
  const giveBack = claimOwnership(folder.ownerFile);
  try {
    const password = clusterPassword(folder);
    const { settings = {}, unwanted } = options;
    const started = async (port: number | undefined, ranBefore: boolean) => {
      if (ranBefore && !existsSync(join(folder.data, 'PG_VERSION'))) {
        throw new DataFolderGone(folder.data);
      }
      const orphan = await adoptOrphan(folder, password, port, options);
      const server = orphan ?? (await startServer(folder, port, settings, unwanted));
      return { server, adopted: orphan !== undefined };
    };
    const startAt = (port: number) => started(port, true);
    const server = await started(options.port, existsSync(folder.launchFile));
    return await handOver(server, { password, giveBack, startAt });
  } catch (error) {
    giveBack();
    throw error;
  }
}

/**
 * The superuser's URL of the server that runs on a folder, whoever started it; undefined where none
 * does. Whether it takes connections yet is for the caller to see.
 */
export function runningPostgresUrl(path: string): string | undefined {
  const folder = clusterFolder(resolve(path));
  const postmaster = findPostmaster(folder.data);
  if (postmaster === undefined) return undefined;
  return urlOf(postmaster.port, clusterPassword(folder), DATABASE);
}

/** What a server is handed over with, the first time and whenever it had to be started again. */
interface Handover {
  readonly password: string;
  readonly giveBack: () => void;
  readonly startAt: (port: number) => Promise<Started>;
}

interface Started {
  readonly server: Postmaster;
  readonly adopted: boolean;
}

/** Makes sure of the database; a server that has none to offer is not left running. */
async function handOver(
  { server: { pid, port }, adopted }: Started,
  handover: Handover,
): Promise<EmbeddedPostgres> {
  const { password, giveBack, startAt } = handover;
  try {
    await ensureDatabase(urlOf(port, password, 'postgres'), DATABASE);
  } catch (error) {
    await stopPostmaster(pid);
    throw new Error('The embedded Postgres runs but does not answer.', { cause: error });
  }
  const identity = processIdentity(pid);
  const isStillRunning = () => identity !== undefined && processIdentity(pid) === identity;
  const stop = async () => {
    if (isStillRunning()) await stopPostmaster(pid);
    giveBack();
  };
  const startAgain = async () => handOver(await startAt(port), handover);
  const url = urlOf(port, password, DATABASE);
  return { url, port, adopted, pid, isRunning: isStillRunning, startAgain, stop };
}

type Settings = Readonly<Record<string, string>>;

async function startServer(
  folder: ClusterFolder,
  port: number | undefined,
  settings: Settings,
  unwanted: AbortSignal | undefined,
) {
  const account = serverAccount(folder.data);
  const binaries = postgresBinaries(folder.path, account);
  await createCluster(folder, binaries, account);
  const wanted = port ?? lastLaunch(folder)?.port;
  const server = await launchServer(folder, binaries, account, {
    settings,
    ...(wanted === undefined ? {} : { port: wanted }),
    portIsFixed: port !== undefined,
    ...(unwanted === undefined ? {} : { unwanted }),
  });
  writeFileSync(folder.launchFile, JSON.stringify({ port: server.port, settings }), {
    mode: 0o600,
  });
  return server;
}

/** Takes over a server that nobody owns any more, or stops it when it is not the wanted one. */
async function adoptOrphan(
  folder: ClusterFolder,
  password: string,
  port: number | undefined,
  { settings = {}, unwanted }: Pick<EmbeddedPostgresOptions, 'settings' | 'unwanted'>,
) {
  const orphan = findPostmasterAsOwner(folder.data);
  if (orphan === undefined) return undefined;
  const isWanted =
    (port === undefined || port === orphan.port) &&
    JSON.stringify(lastLaunch(folder)?.settings) === JSON.stringify(settings);
  // What it replays before it takes connections would be for nothing if it were ended meanwhile.
  const isThere = () => isRunning(orphan.pid);
  const ready = isWanted && (await untilReady(folder.data, orphan.pid, isThere, unwanted));
  if (ready && (await answersAt(urlOf(ready.port, password, 'postgres')))) return ready;
  await stopPostmaster(orphan.pid);
  return undefined;
}

function lastLaunch(folder: ClusterFolder): { port: number; settings: Settings } | undefined {
  try {
    return JSON.parse(readFileSync(folder.launchFile, 'utf8'));
  } catch {
    // Without a readable note of the last launch the server simply gets a fresh port.
    return undefined;
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}
