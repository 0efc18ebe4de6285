import type { Clock, TimeMs } from '@bulkhead/domain';
import type { Timers } from './timers.js';

/**
 * Who may command a host, and until when. The highest token is never forgotten; the lease is, with every
 * boot. When it ends `onExpired` is called once, at the latest before the next effect is looked at.
 */
export class HostLease {
  #highestToken: number;
  #untilMs: TimeMs | null = null;
  #cancel: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly timers: Timers,
    highestToken: number,
    private readonly onExpired: () => void,
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
    this.#cancel();
    this.#cancel = this.timers.after(ttlMs, () => this.settle());
  }

  /** Ends the lease where its time has passed, even if the timer that should say so is late. */
  settle(): void {
    if (this.#untilMs === null) return;
    const leftMs = this.#untilMs - this.clock();
    this.#cancel();
    if (leftMs > 0) {
      this.#cancel = this.timers.after(leftMs, () => this.settle());
      return;
    }
    this.forget();
    this.onExpired();
  }

  forget(): void {
    this.#cancel();
    this.#untilMs = null;
  }
}
