import type { Clock, TimeMs } from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';

/** How long a reading of the log's clock is carried on by our own steady one before the log is asked again. */
export const READING_KEPT_MS = 5_000;

interface Reading {
  readonly logMs: TimeMs;
  readonly takenAtMs: TimeMs;
}

/**
 * The time by the log's clock, against which a `recordedAtMs` may be held: the clocks of hosts, of workers
 * and of the database differ, and a limit is measured by one of them from its beginning to its end. It is
 * never ahead of the log, so that nothing ends too early for it.
 */
export class LogTime {
  private reading: Reading | null = null;

  constructor(
    private readonly log: Pick<WholeLog, 'nowMs'>,
    private readonly steadyClock: Clock,
  ) {}

  async nowMs(): Promise<TimeMs> {
    const { reading } = this;
    const steadyMs = this.steadyClock();
    if (reading !== null && steadyMs - reading.takenAtMs < READING_KEPT_MS) {
      // A steady clock counts parts of milliseconds, in which nobody else reckons.
      return reading.logMs + Math.floor(steadyMs - reading.takenAtMs);
    }
    const logMs = await this.log.nowMs();
    // The answer has been on its way since: what passed meanwhile is left out.
    this.reading = { logMs, takenAtMs: this.steadyClock() };
    return logMs;
  }
}
