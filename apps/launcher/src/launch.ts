import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseAddresses, localUrl } from './addresses.js';
import { openDatabase } from './database.js';
import { ensureKeys, type Home, openHome } from './home/home.js';
import type { RoleUrls } from './home/role-urls.js';
import { keepWorkerSettings } from './home/worker-settings.js';
import { partLines } from './output/part-lines.js';
import type { Terminal } from './output/terminal.js';
import { welcomeLines } from './output/welcome.js';
import { type Addresses, processEnvironments } from './processes/environments.js';
import { ChildRegister } from './processes/orphans.js';
import { AlreadyOwned, claimOwnership } from './processes/ownership.js';
import { ProcessGroup } from './processes/process-group.js';
import { EndedTooEarly } from './processes/supervised-process.js';
import type { LauncherSettings } from './settings.js';
import { moveCredentials, writeCredentials } from './setup/credentials-file.js';
import { issueCredentials } from './setup/issue-credential.js';
import { type Installation, setUp } from './setup/set-up.js';

const APPS = fileURLToPath(new URL('../../', import.meta.url));
const ISSUE_CREDENTIAL = join(APPS, 'api', 'src', 'issue-credential.main.js');
/** How often ports are chosen until the processes have got them. */
const PORT_CHOICES_MAX = 5;

interface RunningAt {
  readonly addresses: Addresses;
  readonly apiEnvironment: Record<string, string>;
}

/** One run of a whole installation on this machine: what was started is stopped in reverse. */
export class Launch {
  private readonly stops: (() => unknown)[] = [];
  private processes: ProcessGroup | undefined;
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
    const chosen = await chooseAddresses(settings);
    ensureKeys(home, settings.TREE_HEAD_ORIGIN);
    this.end.signal.throwIfAborted();
    const database = await openDatabase(settings, home, terminal, this.end.signal, this.fail);
    this.stops.push(() => database.stop());
    this.started = true;
    this.end.signal.throwIfAborted();
    const { START_ONLY: only } = settings;
    if (only === 'postgres') return this.sayPart(partLines(only, home, database.description, null));
    const { addresses, apiEnvironment } = await this.startProcesses(
      home,
      database.roles,
      register,
      chosen,
    );
    if (only === 'api') {
      const url = localUrl(addresses);
      moveCredentials(home.credentialsFile, url);
      return this.sayPart(partLines(only, home, database.description, url));
    }
    const installation = await this.setUp(home, addresses, apiEnvironment);
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
    this.processes?.kill();
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

  /**
   * Starts the processes where `chosen` says. A port may be taken by somebody else between its choice
   * and its use; then all of them start again with another choice, which refuses a taken port that
   * was named by the settings.
   */
  private async startProcesses(
    home: Home,
    roles: RoleUrls,
    register: ChildRegister,
    chosen: Addresses,
  ): Promise<RunningAt> {
    this.stops.push(() => this.processes?.stop());
    for (let choice = 1, addresses = chosen; ; choice += 1) {
      const environments = processEnvironments(this.environment, home, roles, addresses);
      const around = [home, environments, register, this.terminal, this.fail] as const;
      this.processes = new ProcessGroup(...around, this.settings.START_ONLY ? ['api'] : undefined);
      try {
        await this.processes.start(addresses, this.end.signal);
        if (!this.settings.START_ONLY) keepWorkerSettings(home, environments.worker);
        return { addresses, apiEnvironment: environments.api };
      } catch (error) {
        const tookPort = error instanceof EndedTooEarly && error.portWasTaken;
        if (!tookPort || choice >= PORT_CHOICES_MAX || this.end.signal.aborted) throw error;
        this.terminal.say('Another program took a port that was free before: choosing again.');
        await this.processes.stop();
        addresses = await chooseAddresses(this.settings);
      }
    }
  }

  private sayPart(lines: readonly string[]): void {
    for (const line of lines) this.terminal.say(line);
  }

  private async setUp(
    home: Home,
    addresses: Addresses,
    environment: Record<string, string>,
  ): Promise<Installation> {
    const installation = await setUp({
      baseUrl: localUrl(addresses),
      progressFile: home.setupFile,
      issue: (roles) => issueCredentials(ISSUE_CREDENTIAL, environment, roles),
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
