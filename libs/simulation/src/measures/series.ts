import type { TimeMs } from '@bulkhead/domain';

/** One moment of a run. */
export interface Sample {
  readonly atMs: TimeMs;
  readonly placed: number;
  readonly waiting: number;
  /** What placements have been promised. */
  readonly reservedMiB: number;
  /** What hosts say is in use, their own reserve included. */
  readonly inUseMiB: number;
  readonly hostsInUse: number;
}

/** So many points are more than a chart shows. */
const SAMPLES_MAX = 240;
const FIRST_STEP_MS = 5_000;

/** Samples at even steps of a run whose length nobody knows beforehand: when there are too many, every other goes. */
export class Series {
  #samples: Sample[] = [];
  #stepMs = FIRST_STEP_MS;
  #nextMs: TimeMs;

  constructor(startMs: TimeMs) {
    this.#nextMs = startMs;
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Called before anything changes: what held until now is what the steps passed meanwhile are told. */
  until(nowMs: TimeMs, sample: () => Omit<Sample, 'atMs'>): void {
    if (nowMs < this.#nextMs) return;
    const held = sample();
    while (this.#nextMs <= nowMs) {
      this.#samples.push({ atMs: this.#nextMs, ...held });
      this.#nextMs += this.#stepMs;
      if (this.#samples.length >= SAMPLES_MAX) this.#thin();
    }
  }

  #thin(): void {
    this.#samples = this.#samples.filter((_, at) => at % 2 === 0);
    this.#stepMs *= 2;
    this.#nextMs = (this.#samples.at(-1)?.atMs ?? this.#nextMs) + this.#stepMs;
  }
}
