import type { ExitType, RandomSource, SimulatedRun } from '@bulkhead/domain';
import { EXIT_CODE } from './hresults.js';

/** What a workload does that says nothing of how it should behave. */
export const DEFAULT_RUN: SimulatedRun = { durationMs: 1_000, exitCode: 0, fault: null };

export interface Ending {
  readonly exitCode: number;
  readonly exitType: ExitType;
}

export interface RunPlan {
  /** How long it runs by itself; null for ever. */
  readonly endsAfterMs: number | null;
  readonly ending: Ending;
  /** False for one that hangs: it does not answer when it is asked to shut down. */
  readonly answersShutdown: boolean;
}

/** Run times are never scaled: they are the workload's own. A crash comes somewhere on the way. */
export function planRun(run: SimulatedRun | null, random: RandomSource): RunPlan {
  const { durationMs, exitCode, fault } = run ?? DEFAULT_RUN;
  const graceful: Ending = { exitCode, exitType: 'GracefulExit' };
  switch (fault) {
    case null:
      return { endsAfterMs: durationMs, ending: graceful, answersShutdown: true };
    case 'hang':
      return { endsAfterMs: null, ending: graceful, answersShutdown: false };
    case 'crash': {
      const ending: Ending = { exitCode: EXIT_CODE.crashed, exitType: 'UnexpectedExit' };
      return { endsAfterMs: Math.round(durationMs * random()), ending, answersShutdown: true };
    }
  }
}
