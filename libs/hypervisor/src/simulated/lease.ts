import type { Clock, TimeMs } from '@bulkhead/domain';
import type { Timers } from './timers.js';

/**
 * Who may command a host, and until when. The highest token is never forgotten; the lease is, with every
 * boot. When it ends `onExpired` is called once with the time of its end, at the latest before the next
 * effect is looked at or the next thing happens by itself.
 */
export class HostLease {
  #highestToken: number;
  #untilMs: TimeMs | null = null;
  #cancel: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly timers: Timers,
    highestToken: number,
    private readonly onExpired: (endedAtMs: TimeMs) => void,
  ) {
    this.#highestToken = highestToken;
  }

  get highestToken(): number {
    return this.#highestToken;
  }

  get isHeld(): boolean {
    return this.#untilMs !== null;
  }

  raiseTo(token: number): void {
    this.#highestToken = Math.max(this.#highestToken, token);
  }

  /** A renewal never shortens what was promised before. */
  renew(ttlMs: number): void {
    const untilMs = this.clock() + ttlMs;
    if (this.#untilMs !== null && untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    this.#wait(ttlMs);
  }

  /** Ends the lease where its time has passed, even if the timer that should say so is late. */
  settle(): void {
    const untilMs = this.#untilMs;
    if (untilMs === null || this.clock() < untilMs) return;
    this.forget();
    this.onExpired(untilMs);
  }

  /**
   * Timers for what a host does by itself. One that fires late, because the process was stopped or busy,
   * ends the lease first where its time has passed; what that end cancels does not happen any more.
   */
  timersWithin(): Timers {
    return {
      after: (delayMs, run) => {
        let cancelled = false;
        const cancel = this.timers.after(delayMs, () => {
          this.settle();
          if (!cancelled) run();
        });
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  forget(): void {
    this.#cancel();
    this.#untilMs = null;
  }

  /** A timer may fire a little early by the clock, and then it waits for what is left. */
  #wait(leftMs: number): void {
    this.#cancel();
    this.#cancel = this.timers.after(leftMs, () => {
      this.settle();
      if (this.#untilMs !== null) this.#wait(this.#untilMs - this.clock());
    });
  }
}
