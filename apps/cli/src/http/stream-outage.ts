import { ApiUnavailable } from './problem.js';
import { type RetryPlan, retryDelayMs } from './retry-plan.js';
import { type SendSources, SILENT_MS, triedText } from './send.js';

/** The tries of a stream since it was last heard, and how much patience is left for more. */
export class StreamOutage {
  private tries = 0;
  private sinceMs: number | null = null;
  private isTold = false;

  constructor(
    private readonly baseUrl: string,
    private readonly path: string,
    private readonly plan: RetryPlan,
    private readonly sources: Pick<SendSources, 'nowMs' | 'random' | 'sleep' | 'waiting'>,
  ) {}

  /** A try that is not answered uses up patience from its beginning on. */
  beginTry(): void {
    this.sinceMs ??= this.sources.nowMs();
    this.tries += 1;
  }

  /** The stream was heard: what comes next is another outage. */
  end(): void {
    this.sinceMs = null;
    this.tries = 0;
    this.isTold = false;
  }

  /**
   * Until the next try, telling once for whom somebody waits.
   * @throws ApiUnavailable where patience would be over before it
   */
  async wait(because: string): Promise<void> {
    const { nowMs, random, sleep, waiting } = this.sources;
    this.sinceMs ??= nowMs();
    // The try that was heard before it broke off is the first of its outage.
    const tries = Math.max(this.tries, 1);
    const silentMs = nowMs() - this.sinceMs;
    const delayMs = retryDelayMs(this.plan, tries, null, random);
    if (silentMs + delayMs > this.plan.totalMs) {
      const tried = triedText(tries, silentMs);
      const message = `GET ${this.baseUrl}${this.path}: ${because} ${tried}`;
      throw new ApiUnavailable(message, this.path, false, because);
    }
    if (!this.isTold && silentMs >= SILENT_MS) {
      this.isTold = true;
      waiting?.(this.baseUrl, this.plan.totalMs);
    }
    await sleep(delayMs);
  }
}
