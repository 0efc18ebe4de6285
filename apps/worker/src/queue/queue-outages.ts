import type { Clock } from '@bulkhead/domain';
import { type Logger, told } from '../logging.js';

/** While the queues stay away, that is told again this often. */
export const OUTAGE_TOLD_EVERY_MS = 5 * 60_000;

/**
 * Tells once that the queues cannot be reached and once that they are back, because every connection of
 * every queue notices it again and again.
 */
export class QueueOutages {
  private since: number | null = null;
  private toldAtMs = 0;
  private reason = '';

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
    private readonly steadyClock: Clock,
  ) {}

  /** Why the queues are away; null while they answer. */
  get current(): string | null {
    return this.since === null ? null : this.reason;
  }

  failed(error: unknown): void {
    const nowMs = this.steadyClock();
    const isNews = this.since === null || nowMs - this.toldAtMs >= OUTAGE_TOLD_EVERY_MS;
    this.since ??= nowMs;
    if (!isNews) return;
    this.toldAtMs = nowMs;
    this.reason = error instanceof Error ? error.message : String(error);
    this.logger.warn(
      { forMs: nowMs - this.since, ...told(error) },
      'the queues cannot be reached; jobs wait and are issued again from the log',
    );
  }

  answered(): void {
    if (this.since === null) return;
    const forMs = this.steadyClock() - this.since;
    this.since = null;
    this.logger.info({ forMs }, 'the queues answer again');
  }
}
