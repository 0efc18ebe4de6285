import type pg from 'pg';

/** Consumers listen on this channel; the payload is empty, because they read the log itself. */
export const LOG_CHANNEL = 'bulkhead_log';

/**
 * NOTIFY holds a lock of the whole server through its commit's flush, so it gets a transaction of its
 * own, which does not wait for the flush: a wake-up that a crash loses costs consumers one poll.
 */
const NOTIFY = `SET LOCAL synchronous_commit TO off; NOTIFY ${LOG_CHANNEL}`;

/**
 * The shortest time between two NOTIFYs. Each costs Postgres about as much as a small append, and
 * consumers read batches: hearing of every group would only make them read smaller ones.
 */
const BETWEEN_NOTIFIES_MS = 2;

/** Tells consumers that the log has grown: at once after a pause, else at most every two milliseconds. */
export class LogNotifier {
  private sending = false;
  private owed = false;

  constructor(private readonly pool: pg.Pool) {}

  /** Best effort: it never fails and never makes an append wait. */
  logHasGrown(): void {
    this.owed = true;
    if (!this.sending) void this.send();
  }

  private async send(): Promise<void> {
    this.sending = true;
    try {
      while (this.owed) {
        this.owed = false;
        await this.pool.query(NOTIFY);
        await new Promise((resolve) => setTimeout(resolve, BETWEEN_NOTIFIES_MS).unref());
      }
    } catch {
      // Consumers poll as well, so what is lost here is only time.
    } finally {
      this.sending = false;
    }
  }
}
