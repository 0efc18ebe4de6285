import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OwnServer } from '../../postgres/own-server.js';
import { TcpProxy } from '../../postgres/tcp-proxy.js';
import { quietPort } from '../../quiet-port.js';
import { RedisServer } from '../../redis/redis-server.js';
import { skewedBy } from './clock-skew.js';
import { type Datastore, redisOptions } from './datastore.js';
import { drawInstallationFiles, type InstallationFiles } from './installation-files.js';
import { Program } from './program.js';

/** The root of the repository, or the folder of its build where this file was compiled with it. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
const BUILT = basename(ROOT) === 'dist' ? ROOT : join(ROOT, 'dist');
/** Three workers and two apis hold more connections than a server allows by default. */
const CONNECTIONS_MAX = 400;
/** What an operator is told to set: a full Redis refuses, instead of forgetting jobs. */
const REDIS_OPTIONS = ['--maxmemory-policy', 'noeviction'];
const PUBLIC_URL = 'http://bulkhead.test';

export interface Scale {
  readonly apis: number;
  readonly workers: number;
  /** In Postgres where it is left out; a Redis is the installation's own. */
  readonly queues?: Datastore;
  /** The build whose programs run; the one of this repository where it is left out. */
  readonly programs?: string;
  /** How far the clock of a process is off in its next life. */
  readonly skewMs?: () => number;
  /** Settings of every worker, over the usual ones. */
  readonly worker?: Readonly<Record<string, string>>;
  /** And of every api. */
  readonly api?: Readonly<Record<string, string>>;
}

/** The network around one process. */
export interface Network {
  readonly toPostgres: TcpProxy;
  /** Only a worker speaks to hosts. */
  readonly toHosts: TcpProxy | null;
  /** To Redis, where the queues are there. */
  readonly toQueues: TcpProxy | null;
}

/** One database, one process of simulated hosts, and several apis and workers, each behind proxies of its own. */
export class ManyProcesses {
  readonly apis: Program[] = [];
  readonly workers: Program[] = [];
  readonly networks = new Map<Program, Network>();
  readonly urls = new Map<Program, string>();
  /** Leaves what processes said, and the journals, where they are. */
  keep = false;

  private constructor(
    readonly server: OwnServer,
    readonly database: Awaited<ReturnType<OwnServer['database']>>,
    readonly files: InstallationFiles,
    readonly hosts: Program,
    readonly redis: RedisServer | null,
    private readonly hostsUrl: URL,
    private readonly scale: Scale,
  ) {}

  static async start(scale: Scale): Promise<ManyProcesses> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-chaos-'));
    const files = drawInstallationFiles(folder);
    const server = await OwnServer.start({ max_connections: `${CONNECTIONS_MAX}` });
    const database = await server.database('chaos');
    const port = await quietPort();
    const programs = scale.programs ?? BUILT;
    // One clock in all its lives: the times in its journals are held against each other.
    const skew = skewedBy(scale.skewMs?.() ?? 0);
    const hosts = new Program(
      {
        name: 'simulated-host',
        entry: join(programs, 'apps/simulated-host/src/main.js'),
        upWhen: /"url":"http/,
        outputFile: join(files.outputs, 'simulated-host.log'),
      },
      () => ({
        ...skew,
        SIMULATED_HOST_PORT: `${port}`,
        SIMULATED_HOST_TOKEN_FILE: files.hostToken,
        SIMULATED_HOST_HOME: files.simulatedHosts,
      }),
    );
    const url = new URL(`http://127.0.0.1:${port}`);
    const { queues = 'Postgres' } = scale;
    const options = [...REDIS_OPTIONS, ...redisOptions(queues)];
    const redis = queues === 'Postgres' ? null : await RedisServer.start(options);
    const all = new ManyProcesses(server, database, files, hosts, redis, url, scale);
    try {
      await all.startAll(programs);
    } catch (error) {
      await all.remove();
      throw error;
    }
    return all;
  }

  get programs(): readonly Program[] {
    return [...this.apis, ...this.workers, this.hosts];
  }

  /** The environment with which an api's other entries act on the same database. */
  get apiEnvironment(): Readonly<Record<string, string>> {
    const { apiUrl: API_DATABASE_URL, auditUrl: AUDIT_DATABASE_URL } = this.database;
    return { API_DATABASE_URL, AUDIT_DATABASE_URL, PUBLIC_URL, ...this.files.api };
  }

  entryOf(app: string, entry: string): string {
    return join(this.scale.programs ?? BUILT, 'apps', app, 'src', entry);
  }

  async remove(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.kill()));
    for (const { toPostgres, toHosts, toQueues } of this.networks.values()) {
      await toPostgres.close();
      await toHosts?.close();
      await toQueues?.close();
    }
    await this.redis?.end();
    await this.server.stop();
    if (!this.keep) rmSync(this.files.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async startAll(programs: string): Promise<void> {
    await this.hosts.start();
    for (let nr = 1; nr <= this.scale.apis; nr += 1) {
      this.apis.push(await this.api(`api-${nr}`, join(programs, 'apps/api/src/main.js')));
    }
    for (let nr = 1; nr <= this.scale.workers; nr += 1) {
      this.workers.push(
        await this.worker(`worker-${nr}`, join(programs, 'apps/worker/src/main.js')),
      );
    }
    await Promise.all([...this.apis, ...this.workers].map((program) => program.start()));
  }

  private async api(name: string, entry: string): Promise<Program> {
    const port = await quietPort();
    const own = await TcpProxy.to(new URL(this.database.apiUrl));
    const audit = new URL(this.database.auditUrl);
    audit.port = new URL(own.url).port;
    const program = this.program(name, entry, /"msg":"listening"/, () => ({
      ...this.apiEnvironment,
      API_DATABASE_URL: own.url,
      AUDIT_DATABASE_URL: audit.href,
      PORT: `${port}`,
      ...this.scale.api,
    }));
    this.networks.set(program, { toPostgres: own.proxy, toHosts: null, toQueues: null });
    this.urls.set(program, `http://127.0.0.1:${port}`);
    return program;
  }

  private async worker(name: string, entry: string): Promise<Program> {
    const port = await quietPort();
    const postgres = await TcpProxy.to(new URL(this.database.workerUrl));
    const hosts = await TcpProxy.to(this.hostsUrl);
    const queues = this.redis === null ? null : await TcpProxy.to(new URL(this.redis.url));
    const program = this.program(name, entry, /"msg":"worker is up"/, () => ({
      ...this.files.worker,
      WORKER_PORT: `${port}`,
      WORKER_DATABASE_URL: postgres.url,
      SIMULATED_HOST_URL: hosts.url.replace(/\/$/, ''),
      ...(queues === null ? {} : { REDIS_URL: queues.url }),
      ...this.scale.worker,
    }));
    const toQueues = queues?.proxy ?? null;
    const network = { toPostgres: postgres.proxy, toHosts: hosts.proxy, toQueues };
    this.networks.set(program, network);
    this.urls.set(program, `http://127.0.0.1:${port}`);
    return program;
  }

  private program(
    name: string,
    entry: string,
    upWhen: RegExp,
    environment: () => Readonly<Record<string, string>>,
  ): Program {
    const outputFile = join(this.files.outputs, `${name}.log`);
    return new Program({ name, entry, upWhen, outputFile }, () => ({
      ...environment(),
      ...skewedBy(this.scale.skewMs?.() ?? 0),
    }));
  }
}
