import type { OutputStore } from '@bulkhead/event-store';
import type { Component } from '../keep-running.js';
import type { Logger } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** Output is kept for days, so what is swept once an hour is at most an hour older. */
export const OUTPUT_SWEEP_EVERY_MS = 60 * 60 * 1000;
/** Few enough that a sweep's transaction is over in a moment, although each may have many chunks. */
export const SWEEP_BATCH_ATTEMPTS = 200;
/** Of one sweep, more than an hour of full load leaves behind; the rest is for the next one. */
const SWEEP_BATCHES_MAX = 20_000;

export interface OutputSweepParts {
  readonly output: Pick<OutputStore, 'sweep'>;
  readonly outputDays: number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Forgets output whose days are over. Every worker does it, and those that meet share the work. */
export class OutputSweep implements Component {
  readonly name = 'output-sweep';

  constructor(private readonly parts: OutputSweepParts) {}

  async run(signal: AbortSignal): Promise<void> {
    const { timers, logger, outputDays } = this.parts;
    while (!signal.aborted) {
      const swept = await this.sweep(signal);
      if (swept > 0) logger.info({ swept, outputDays }, 'old output of workloads forgotten');
      await sleep(timers, OUTPUT_SWEEP_EVERY_MS, signal);
    }
  }

  private async sweep(signal: AbortSignal): Promise<number> {
    let swept = 0;
    for (let batch = 0; batch < SWEEP_BATCHES_MAX && !signal.aborted; batch += 1) {
      const found = await this.parts.output.sweep(this.parts.outputDays, SWEEP_BATCH_ATTEMPTS);
      swept += found;
      if (found < SWEEP_BATCH_ATTEMPTS) break;
    }
    return swept;
  }
}
