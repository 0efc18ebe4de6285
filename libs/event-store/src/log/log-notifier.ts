import type pg from 'pg';

/** Consumers listen on this channel; the payload is empty, because they read the log itself. */
export const LOG_CHANNEL = 'bulkhead_log';

/**
 * NOTIFY holds a lock of the whole server through its commit's flush, so it gets a transaction of its
 * own, which does not wait for the flush: a wake-up that a crash loses costs consumers one poll.
 */
const NOTIFY = `SET LOCAL synchronous_commit TO off; NOTIFY ${LOG_CHANNEL}`;

/** Tells consumers that the log has grown: one NOTIFY on its way at a time, at most one more owed. */
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
      }
    } catch {
      // Consumers poll as well, so what is lost here is only time.
    } finally {
      this.sending = false;
    }
  }
}
