import type { OutputStore } from '@bulkhead/event-store';
import { HourlySweep, type SweepParts } from '../hourly-sweep.js';

/** Each of them may have many chunks. */
const BATCH_ATTEMPTS = 200;
const BATCHES_MAX = 20_000;

export interface OutputSweepParts extends Pick<SweepParts, 'timers' | 'logger'> {
  readonly output: Pick<OutputStore, 'sweep'>;
  readonly outputDays: number;
}

/** Forgets output of workloads whose days are over. */
export function outputSweep({ output, outputDays, timers, logger }: OutputSweepParts): HourlySweep {
  return new HourlySweep({
    ...{ name: 'output-sweep', told: 'old output of workloads forgotten' },
    forget: (most) => output.sweep(outputDays, most),
    ...{ batchMax: BATCH_ATTEMPTS, batchesMax: BATCHES_MAX, timers, logger },
  });
}
