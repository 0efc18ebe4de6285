import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localUrl } from '../addresses.js';
import type { Home } from '../home/home.js';
import type { Terminal } from '../output/terminal.js';
import { type Addresses, PROCESS_NAMES, type ProcessName } from './environments.js';
import { untilHealthy } from './health.js';
import type { ChildRegister } from './orphans.js';
import { SupervisedProcess } from './supervised-process.js';

const APPS = fileURLToPath(new URL('../../../', import.meta.url));
const HEALTHY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS: Record<ProcessName, number> = {
  api: 10_000,
  worker: 15_000,
  'simulated-host': 5_000,
};

/** The processes of one installation, all or some, started together on one choice of addresses. */
export class ProcessGroup {
  private readonly processes: readonly SupervisedProcess[];
  private readonly startFailed = new AbortController();
  private isUp = false;

  /** `fail` hears of a failure after all were healthy; before that, `start` throws it. */
  constructor(
    home: Home,
    environments: Record<ProcessName, Record<string, string>>,
    register: ChildRegister,
    private readonly terminal: Terminal,
    fail: (error: Error) => void,
    private readonly names: readonly ProcessName[] = PROCESS_NAMES,
  ) {
    this.processes = names.map(
      (name) =>
        new SupervisedProcess({
          name,
          entry: join(APPS, name, 'src', 'main.js'),
          environment: environments[name],
          logFile: join(home.logs, `${name}.log`),
          stopTimeoutMs: STOP_TIMEOUT_MS[name],
          warn: (line) => terminal.warn(line),
          fail: (error) => (this.isUp ? fail(error) : this.startFailed.abort(error)),
          started: (pid) => register.add(name, pid),
        }),
    );
  }

  /**
   * Resolves when all are healthy. Throws what ended one of them, EndedTooEarly as a rule, or what a
   * wish to stop was aborted with; what did start then still runs.
   */
  async start(addresses: Addresses, wishToStop: AbortSignal): Promise<void> {
    // The api is the last to be started, as it is the first to be stopped.
    for (const child of [...this.processes].reverse()) child.start();
    const signal = AbortSignal.any([wishToStop, this.startFailed.signal]);
    const routes: Record<ProcessName, string> = {
      'simulated-host': `http://127.0.0.1:${addresses.simulatedHostPort}/health/live`,
      worker: `http://127.0.0.1:${addresses.workerPort}/health/ready`,
      api: `${localUrl(addresses)}/health/ready`,
    };
    const waiting = this.names.map(async (name) => {
      const route = routes[name];
      await untilHealthy(route, HEALTHY_TIMEOUT_MS, signal);
      this.terminal.timing(`${route} is healthy`);
    });
    await Promise.all(waiting);
    signal.throwIfAborted();
    for (const child of this.processes) child.markHealthy();
    this.isUp = true;
  }

  /** Stops one after the other, the api first. Every step is bounded. */
  async stop(): Promise<void> {
    for (const child of this.processes) await child.stop();
  }

  /** Ends them at once. */
  kill(): void {
    for (const child of this.processes) child.kill();
  }
}
