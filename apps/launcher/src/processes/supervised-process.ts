import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogFollower } from './log-follower.js';
import { MAX_CRASHES, RecentCrashes } from './recent-crashes.js';

const DIE_WITH_PARENT = new URL('../die-with-parent.js', import.meta.url).href;
const KILL_TIMEOUT_MS = 5_000;
/** In the last words of a process that could not listen, however much it logs. */
const PORT_TAKEN = 'EADDRINUSE';

/** What to run, where it logs, and whom to tell. */
export interface ProcessPlan {
  readonly name: string;
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** How long it may take to finish its work after SIGTERM. */
  readonly stopTimeoutMs: number;
  /** Something a person should see. */
  readonly warn: (line: string) => void;
  /** It crashed too often, or before it was ever healthy. */
  readonly fail: (error: Error) => void;
  readonly started: (pid: number) => void;
}

/** A process ended before it was ever healthy; the message holds its last words. */
export class EndedTooEarly extends Error {
  override readonly name = 'EndedTooEarly';
  /** Somebody else has taken the port that it was to listen on. */
  readonly portWasTaken: boolean;

  constructor(name: string, reason: string, lastWords: string) {
    super(`${name} ended (${reason}) before it was ready:\n${lastWords}`);
    this.portWasTaken = lastWords.includes(PORT_TAKEN);
  }
}

/**
 * One child process that is kept running: a crash after it was healthy restarts it, with growing
 * delays and an upper bound of crashes a minute.
 */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private readonly log: LogFollower;
  private readonly crashes = new RecentCrashes();
  private wasHealthy = false;
  private stopping = false;
  private restart: NodeJS.Timeout | undefined;

  constructor(private readonly plan: ProcessPlan) {
    this.log = new LogFollower(plan.logFile, (line) => plan.warn(`${plan.name}: ${line}`));
  }

  start(): void {
    const { name, entry, environment, logFile } = this.plan;
    this.log.beginRun();
    // A file, not a pipe: the process can log to the end even when the launcher is killed.
    const log = openSync(logFile, 'a', 0o600);
    try {
      const child = spawn(process.execPath, ['--import', DIE_WITH_PARENT, entry], {
        env: { ...environment },
        stdio: ['ignore', log, log, 'ipc'],
        // In its own session it does not hear the terminal's Ctrl-C: the launcher stops it in order.
        detached: true,
      });
      this.child = child;
      if (child.pid !== undefined) this.plan.started(child.pid);
      child.once('error', (error) => this.plan.fail(new Error(`${name}: ${error.message}`)));
      child.once('exit', (code, signal) => this.onExit(signal ?? `code ${code}`));
    } finally {
      closeSync(log);
    }
  }

  /** From now on a crash is answered by a restart. */
  markHealthy(): void {
    this.wasHealthy = true;
  }

  /** Asks it to finish, and forces it past its time-out. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const child = this.child;
    if (child && isAlive(child)) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      if (!(await within(gone, this.plan.stopTimeoutMs))) {
        this.plan.warn(`${this.plan.name} did not stop in time and is killed.`);
        child.kill('SIGKILL');
        await within(gone, KILL_TIMEOUT_MS);
      }
    }
    // The last words of one that never became ready are in the error that says so.
    this.log.close(this.wasHealthy);
  }

  /** Ends it at once; what it was doing is repeated after the next start. */
  kill(): void {
    this.stopping = true;
    clearTimeout(this.restart);
    if (this.child && isAlive(this.child)) this.child.kill('SIGKILL');
  }

  private onExit(reason: string): void {
    if (this.stopping) return;
    const { name, logFile, fail, warn } = this.plan;
    if (!this.wasHealthy) {
      fail(new EndedTooEarly(name, reason, this.log.tail()));
      return;
    }
    const delayMs = this.crashes.restartDelayMs();
    if (delayMs === undefined) {
      fail(new Error(`${name} crashed ${MAX_CRASHES} times within a minute; see ${logFile}.`));
      return;
    }
    warn(`${name} ended (${reason}) and is started again in ${delayMs} ms; see ${logFile}.`);
    this.restart = setTimeout(() => this.start(), delayMs);
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Says whether a promise is kept within a time. */
async function within(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  const kept = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return kept;
}
