import pg from 'pg';
import { LOG_CHANNEL } from '../log/log-notifier.js';

const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Hears that the log has grown, over one connection for all consumers of a process. A lost connection
 * is made again; what was missed meanwhile costs its consumers at most one poll.
 */
export class LogListener {
  private client: pg.Client | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private reconnectMs = RECONNECT_MIN_MS;
  private closed = false;
  private readonly waiting = new Set<() => void>();
  /** Counts what was heard: a consumer that read it before reading the log cannot miss growth. */
  growths = 0;

  constructor(private readonly url: string) {}

  /** Connects in the background; consumers work, by polling, before it has succeeded. */
  start(): void {
    void this.connect();
  }

  /**
   * Resolves when the log has grown since `growths` was `since`, after `timeoutMs`, or when the signal
   * aborts: whichever comes first.
   */
  waitForGrowth(timeoutMs: number, signal: AbortSignal, since = this.growths): Promise<void> {
    if (this.growths !== since || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.reconnect);
    this.wakeAll();
    await this.client?.end().catch(() => {});
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'bulkhead-listen',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    client.on('notification', () => this.wakeAll());
    client.on('error', () => {});
    client.once('end', () => this.connectAgain(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${LOG_CHANNEL}`);
      this.reconnectMs = RECONNECT_MIN_MS;
      this.wakeAll();
    } catch {
      await client.end().catch(() => {});
      this.connectAgain(client);
    }
  }

  /** Called by whatever notices first that this connection is over; later notices change nothing. */
  private connectAgain(lost: pg.Client): void {
    if (this.closed || this.client !== lost) return;
    this.client = undefined;
    this.reconnect = setTimeout(() => void this.connect(), this.reconnectMs);
    this.reconnectMs = Math.min(this.reconnectMs * 2, RECONNECT_MAX_MS);
  }

  private wakeAll(): void {
    this.growths += 1;
    for (const wake of [...this.waiting]) wake();
  }
}
