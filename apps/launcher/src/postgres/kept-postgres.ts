import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../processes/process-identity.js';
import { MAX_CRASHES, RecentCrashes } from '../processes/recent-crashes.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';

const WATCH_INTERVAL_MS = 1_000;

/** Where its log is, and whom to tell. */
export interface KeepingPlan {
  readonly serverLog: string;
  /** Something a person should see. */
  readonly warn: (line: string) => void;
  /** It ended too often, or does not start any more. */
  readonly fail: (error: Error) => void;
}

/**
 * An embedded server that is kept running: where it ended by itself it is started again at the same
 * port, and whoever uses it goes on, as with any server that was away for a moment.
 */
export class KeptPostgres {
  private readonly crashes = new RecentCrashes();
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(
    private server: EmbeddedPostgres,
    private readonly plan: KeepingPlan,
  ) {
    this.watching = this.watch();
  }

  /** Ends the server for good. One that is about to be started again is ended when it has come up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.server.stop();
  }

  private async watch(): Promise<void> {
    while (await this.passed(WATCH_INTERVAL_MS)) {
      if (isRunning(this.server.pid)) continue;
      try {
        await this.startAgain();
      } catch (error) {
        this.plan.fail(error as Error);
        return;
      }
    }
  }

  private async startAgain(): Promise<void> {
    const { serverLog, warn } = this.plan;
    const delayMs = this.crashes.restartDelayMs();
    if (delayMs === undefined) {
      throw new Error(`Postgres ended ${MAX_CRASHES} times within a minute; see ${serverLog}.`);
    }
    warn(`Postgres ended by itself and is started again in ${delayMs} ms; see ${serverLog}.`);
    if (await this.passed(delayMs)) this.server = await this.server.startAgain();
  }

  /** Waits, unless a stop is wanted meanwhile; says whether to go on. */
  private passed(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.stopping.signal }).catch(() => false);
  }
}
