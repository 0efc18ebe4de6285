import type { Clock } from '@bulkhead/domain';
import { type Logger, told } from '../logging.js';
import { isOutage } from './is-outage.js';

/** While the queues stay away, that is told again this often. */
export const OUTAGE_TOLD_EVERY_MS = 5 * 60_000;

/**
 * Tells once that the queues cannot be reached and once that they are back, because every connection of
 * every queue notices it again and again. What they refuse while they answer is no outage: it is told as
 * what it is, and waiting does not help.
 */
export class QueueOutages {
  private since: number | null = null;
  private toldAtMs = 0;
  private reason = '';
  private refusedAtMs = Number.NEGATIVE_INFINITY;
  private refusal = '';

  constructor(
    private readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>,
    private readonly steadyClock: Clock,
  ) {}

  /** Why the queues are away; null while they answer. */
  get current(): string | null {
    return this.since === null ? null : this.reason;
  }

  /** False for what was refused by queues that answer. */
  failed(error: unknown): boolean {
    if (!isOutage(error)) {
      this.answered();
      this.refused(error);
      return false;
    }
    this.away(error);
    return true;
  }

  private away(error: unknown): void {
    const nowMs = this.steadyClock();
    const isNews = this.since === null || nowMs - this.toldAtMs >= OUTAGE_TOLD_EVERY_MS;
    this.since ??= nowMs;
    if (!isNews) return;
    this.toldAtMs = nowMs;
    this.reason = messageOf(error);
    this.logger.warn(
      { forMs: nowMs - this.since, ...told(error) },
      'the queues cannot be reached; jobs wait and are issued again from the log',
    );
  }

  private refused(error: unknown): void {
    const nowMs = this.steadyClock();
    const refusal = messageOf(error);
    const isNews = refusal !== this.refusal || nowMs - this.refusedAtMs >= OUTAGE_TOLD_EVERY_MS;
    if (!isNews) return;
    this.refusal = refusal;
    this.refusedAtMs = nowMs;
    this.logger.error(told(error), 'the queues answer, but refuse what they were asked');
  }

  answered(): void {
    if (this.since === null) return;
    const forMs = this.steadyClock() - this.since;
    this.since = null;
    this.logger.info({ forMs }, 'the queues answer again');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
