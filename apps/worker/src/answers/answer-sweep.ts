import type { Component } from '../keep-running.js';
import type { Logger } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** Answers are kept for a day, so what is swept once an hour is at most an hour older. */
export const SWEEP_EVERY_MS = 60 * 60 * 1000;
/** Few enough that a sweep's transaction is over in a moment. */
export const SWEEP_BATCH_ANSWERS = 2_000;
/** Of one sweep, more than an hour of full load leaves behind; the rest is for the next one. */
const SWEEP_BATCHES_MAX = 10_000;

export interface AnswerSweepParts {
  /** Forgets answers older than a day, at most that many; how many they were. */
  readonly sweepAnswers: (atMost: number) => Promise<number>;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Forgets answers to idempotent requests that nobody can get any more. Every worker does it, and those
 * that meet share the work.
 */
export class AnswerSweep implements Component {
  readonly name = 'answers';

  constructor(private readonly parts: AnswerSweepParts) {}

  async run(signal: AbortSignal): Promise<void> {
    const { timers, logger } = this.parts;
    while (!signal.aborted) {
      const swept = await this.sweep(signal);
      if (swept > 0) logger.info({ swept }, 'old idempotent answers forgotten');
      await sleep(timers, SWEEP_EVERY_MS, signal);
    }
  }

  private async sweep(signal: AbortSignal): Promise<number> {
    let swept = 0;
    for (let batch = 0; batch < SWEEP_BATCHES_MAX && !signal.aborted; batch += 1) {
      const found = await this.parts.sweepAnswers(SWEEP_BATCH_ANSWERS);
      swept += found;
      if (found < SWEEP_BATCH_ANSWERS) break;
    }
    return swept;
  }
}
