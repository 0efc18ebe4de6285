import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseAddresses, localUrl } from './addresses.js';
import { openDatabase } from './database.js';
import { ensureKeys, type Home, openHome } from './home/home.js';
import type { Terminal } from './output/terminal.js';
import { welcomeLines } from './output/welcome.js';
import {
  type Addresses,
  PROCESS_NAMES,
  type ProcessName,
  processEnvironments,
} from './processes/environments.js';
import { untilHealthy } from './processes/health.js';
import { ChildRegister } from './processes/orphans.js';
import { AlreadyOwned, claimOwnership } from './processes/ownership.js';
import { SupervisedProcess } from './processes/supervised-process.js';
import type { LauncherSettings } from './settings.js';
import { writeCredentials } from './setup/credentials-file.js';
import { issueCredential } from './setup/issue-credential.js';
import { type Installation, setUp } from './setup/set-up.js';

const APPS = fileURLToPath(new URL('../../', import.meta.url));
const ISSUE_CREDENTIAL = join(APPS, 'api', 'src', 'issue-credential.main.js');
const HEALTHY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS: Record<ProcessName, number> = {
  api: 10_000,
  worker: 15_000,
  'simulated-host': 5_000,
};

/** One run of a whole installation on this machine: what was started is stopped in reverse. */
export class Launch {
  private readonly stops: (() => unknown)[] = [];
  private readonly processes: SupervisedProcess[] = [];
  private readonly startedAt = performance.now();
  private started = false;

  /** `end` is aborted by a wish to stop, and by this launch itself when a part of it fails. */
  constructor(
    private readonly settings: LauncherSettings,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly terminal: Terminal,
    private readonly end: AbortController,
  ) {}

  /** Starts everything and says so; throws as soon as something fails or a stop is wanted. */
  async start(): Promise<void> {
    const { settings, terminal } = this;
    const home = openHome(settings.BULKHEAD_HOME);
    this.claim(home);
    const register = new ChildRegister(home.childrenFile);
    const orphans = await register.clearOrphans();
    if (orphans > 0) terminal.say('Waited for processes of an earlier start that was killed.');
    const addresses = await chooseAddresses(settings);
    ensureKeys(home, settings.TREE_HEAD_ORIGIN);
    this.end.signal.throwIfAborted();
    const database = await openDatabase(settings, home, terminal, this.fail);
    this.stops.push(() => database.stop());
    this.started = true;
    this.end.signal.throwIfAborted();
    const environments = processEnvironments(this.environment, home, database.roles, addresses);
    this.startProcesses(home, environments, register);
    await this.untilAllHealthy(addresses);
    const installation = await this.setUp(home, addresses, environments.api);
    this.welcome(home, addresses, database.description, installation);
  }

  /** Whether anything runs that a stop would end. */
  get hasStarted(): boolean {
    return this.started;
  }

  /** Stops the processes one after the other, then the database. Every step is bounded. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0).reverse()) await stop();
  }

  /** Ends the processes at once, for someone who will not wait. */
  kill(): void {
    for (const child of this.processes) child.kill();
  }

  private readonly fail = (error: Error): void => this.end.abort(error);

  private claim(home: Home): void {
    try {
      this.stops.push(claimOwnership(home.ownerFile));
    } catch (error) {
      if (!(error instanceof AlreadyOwned)) throw error;
      throw new Error(
        `Bulkhead already runs on ${home.path} (process ${error.ownerPid}). Stop that one, or set ` +
          'BULKHEAD_HOME and PORT to run another beside it.',
      );
    }
  }

  private startProcesses(
    home: Home,
    environments: Record<ProcessName, Record<string, string>>,
    register: ChildRegister,
  ): void {
    // Stopping runs backwards: what is pushed last, the api, stops first.
    for (const name of [...PROCESS_NAMES].reverse()) {
      const child = new SupervisedProcess({
        name,
        entry: join(APPS, name, 'src', 'main.js'),
        environment: environments[name],
        logFile: join(home.logs, `${name}.log`),
        stopTimeoutMs: STOP_TIMEOUT_MS[name],
        warn: (line) => this.terminal.warn(line),
        fail: this.fail,
        started: (pid) => register.add(name, pid),
      });
      this.processes.push(child);
      this.stops.push(() => child.stop());
      child.start();
    }
  }

  private async untilAllHealthy(addresses: Addresses): Promise<void> {
    const routes = [
      `http://127.0.0.1:${addresses.simulatedHostPort}/health/live`,
      `http://127.0.0.1:${addresses.workerPort}/health/ready`,
      `${localUrl(addresses)}/health/ready`,
    ];
    const waiting = routes.map(async (route) => {
      await untilHealthy(route, HEALTHY_TIMEOUT_MS, this.end.signal);
      this.terminal.timing(`${route} is healthy`);
    });
    await Promise.all(waiting);
    for (const child of this.processes) child.markHealthy();
  }

  private async setUp(
    home: Home,
    addresses: Addresses,
    environment: Record<string, string>,
  ): Promise<Installation> {
    const installation = await setUp({
      baseUrl: localUrl(addresses),
      progressFile: home.setupFile,
      issue: (role) => issueCredential(ISSUE_CREDENTIAL, environment, role),
      say: (line) => this.terminal.say(line),
    });
    this.terminal.timing('the installation is set up');
    this.end.signal.throwIfAborted();
    return installation;
  }

  private welcome(
    home: Home,
    addresses: Addresses,
    database: string,
    installation: Installation,
  ): void {
    const url = localUrl(addresses);
    writeCredentials(home.credentialsFile, url, installation);
    const lines = welcomeLines(
      {
        url,
        workerUrl: `http://127.0.0.1:${addresses.workerPort}`,
        database,
        home: home.path,
        credentialsFile: home.credentialsFile,
        tookMs: performance.now() - this.startedAt,
        installation,
      },
      this.terminal.colors,
    );
    for (const line of lines) this.terminal.say(line);
  }
}
