import { HourlySweep, type SweepParts } from '../hourly-sweep.js';

export const SWEEP_BATCH_ANSWERS = 2_000;
const BATCHES_MAX = 10_000;

export interface AnswerSweepParts extends Pick<SweepParts, 'timers' | 'logger'> {
  /** Forgets answers older than a day, at most that many; how many they were. */
  readonly sweepAnswers: (atMost: number) => Promise<number>;
}

/** Forgets answers to idempotent requests that nobody can get any more. */
export function answerSweep({ sweepAnswers, timers, logger }: AnswerSweepParts): HourlySweep {
  return new HourlySweep({
    ...{
      name: 'answers',
      told: 'old idempotent answers forgotten',
      forget: (most) => sweepAnswers(most),
    },
    ...{ batchMax: SWEEP_BATCH_ANSWERS, batchesMax: BATCHES_MAX, timers, logger },
  });
}
