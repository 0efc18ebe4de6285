import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_CRASHES, RecentCrashes, restartDelayMs } from '../processes/recent-crashes.js';
import { DataFolderGone, type EmbeddedPostgres } from './embedded-postgres.js';

const WATCH_INTERVAL_MS = 1_000;
/**
 * A killed server leaves backends behind that first finish their statements, and none starts beside
 * them. With the pauses in between so many tries outlast the limits on statements.
 */
const STARTS_MAX = 10;

/** Where its log is, and whom to tell. */
export interface KeepingPlan {
  readonly serverLog: string;
  /** Something a person should see. */
  readonly warn: (line: string) => void;
  /** It ended too often, or does not start any more. */
  readonly fail: (error: Error) => void;
  /**
   * Aborted as soon as everything is to end, long before its own turn: a service manager may tell it to end
   * together with all others, and then it must not come up again.
   */
  readonly end: AbortSignal;
  /** How often in a row a start may fail. */
  readonly startsMax?: number;
}

/**
 * An embedded server that is kept running: where it ended by itself it is started again at the same
 * port, and whoever uses it goes on, as with any server that was away for a moment.
 */
export class KeptPostgres {
  private readonly crashes = new RecentCrashes();
  private readonly stopping = new AbortController();
  private readonly ending: AbortSignal;
  private readonly watching: Promise<void>;

  constructor(
    private server: EmbeddedPostgres,
    private readonly plan: KeepingPlan,
  ) {
    this.ending = AbortSignal.any([plan.end, this.stopping.signal]);
    this.watching = this.watch();
  }

  /** Ends the server for good. One that is about to be started again is ended when it has come up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.server.stop();
  }

  private async watch(): Promise<void> {
    const { serverLog, warn, fail } = this.plan;
    while (await this.passed(WATCH_INTERVAL_MS)) {
      if (this.server.isRunning()) continue;
      const delayMs = this.crashes.restartDelayMs();
      if (delayMs === undefined) {
        fail(new Error(`Postgres ended ${MAX_CRASHES} times within a minute; see ${serverLog}.`));
        return;
      }
      warn(`Postgres ended by itself and is started again in ${delayMs} ms; see ${serverLog}.`);
      try {
        await this.startAgain(delayMs);
      } catch (error) {
        fail(error as Error);
        return;
      }
    }
  }

  private async startAgain(firstDelayMs: number): Promise<void> {
    const { serverLog, warn, startsMax = STARTS_MAX } = this.plan;
    let delayMs = firstDelayMs;
    for (let start = 1; await this.passed(delayMs); start += 1) {
      try {
        this.server = await this.server.startAgain();
        return;
      } catch (error) {
        if (this.ending.aborted) return;
        if (start >= startsMax || error instanceof DataFolderGone) throw error;
        delayMs = restartDelayMs(start);
        warn(`Postgres did not start and is tried again in ${delayMs} ms; see ${serverLog}.`);
      }
    }
  }

  /** Waits, unless an end is wanted meanwhile; says whether to go on. */
  private passed(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.ending }).catch(() => false);
  }
}
