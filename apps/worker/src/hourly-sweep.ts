import type { Component } from './keep-running.js';
import type { Logger } from './logging.js';
import { sleep, type Timers } from './timers.js';

/** What is swept is kept for days, so what is swept once an hour is at most an hour older. */
export const SWEEP_EVERY_MS = 60 * 60 * 1000;

export interface SweepParts {
  readonly name: string;
  /** What the log line says when anything was forgotten. */
  readonly told: string;
  /** Forgets the oldest, at most so many, in a transaction of its own; answers how many it were. */
  readonly forget: (most: number) => Promise<number>;
  /** Few enough that one transaction is over in a moment. */
  readonly batchMax: number;
  /** Of one sweep, more than an hour of full load leaves behind; the rest is for the next one. */
  readonly batchesMax: number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Forgets what is older than it is kept. Every worker does it, and those that meet share the work. */
export class HourlySweep implements Component {
  readonly name: string;

  constructor(private readonly parts: SweepParts) {
    this.name = parts.name;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { timers, logger, told } = this.parts;
    while (!signal.aborted) {
      const swept = await this.sweep(signal);
      if (swept > 0) logger.info({ swept }, told);
      await sleep(timers, SWEEP_EVERY_MS, signal);
    }
  }

  private async sweep(signal: AbortSignal): Promise<number> {
    const { forget, batchMax, batchesMax } = this.parts;
    let swept = 0;
    for (let batch = 0; batch < batchesMax && !signal.aborted; batch += 1) {
      const found = await forget(batchMax);
      swept += found;
      if (found < batchMax) break;
    }
    return swept;
  }
}
