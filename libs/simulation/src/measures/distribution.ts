/** How a set of times spreads, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const FIRST_PLACES = 1_024;

/** Times as they come, all of them kept: a million take eight megabytes, and no percentile is an estimate. */
export class Distribution {
  #values = new Float64Array(FIRST_PLACES);
  #count = 0;

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = ms;
  }

  /** Every value, smallest first. */
  sorted(): Float64Array {
    return this.#values.slice(0, this.#count).sort();
  }

  /** Nearest-rank percentiles: each is a time that really occurred. Null where nothing was added. */
  spread(): Spread | null {
    if (this.#count === 0) return null;
    const sorted = this.sorted();
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    let sum = 0;
    for (const value of sorted) sum += value;
    return {
      count: sorted.length,
      meanMs: Math.round(sum / sorted.length),
      p50Ms: at(0.5),
      p90Ms: at(0.9),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      maxMs: at(1),
    };
  }
}
