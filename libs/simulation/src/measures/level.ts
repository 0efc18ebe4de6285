import type { TimeMs } from '@bulkhead/domain';

/** A quantity that changes with events and holds in between: its mean over time, and its peak. */
export class Level {
  #value = 0;
  #sinceMs: TimeMs;
  #area = 0;
  peak = 0;

  constructor(private readonly startMs: TimeMs) {
    this.#sinceMs = startMs;
  }

  get value(): number {
    return this.#value;
  }

  add(change: number, nowMs: TimeMs): void {
    this.#area += this.#value * (nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
    this.#value += change;
    if (this.#value > this.peak) this.peak = this.#value;
  }

  /** The quantity times milliseconds, until now. */
  areaUntil(nowMs: TimeMs): number {
    return this.#area + this.#value * (nowMs - this.#sinceMs);
  }

  meanUntil(nowMs: TimeMs): number {
    return nowMs > this.startMs ? this.areaUntil(nowMs) / (nowMs - this.startMs) : this.#value;
  }
}
