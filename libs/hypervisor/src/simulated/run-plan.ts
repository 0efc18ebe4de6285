import type { ExitType, RandomSource, SimulatedRun } from '@bulkhead/domain';
import type { ComputeSystemState } from '../driver.js';
import { EXIT_CODE } from './hcs/exit-codes.js';

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

/**
 * Run times are never scaled: they are the workload's own. A crash comes somewhere on the way; one that
 * needs more memory than `limitMiB` gets there evenly in the course of its run, and no further.
 */
export function planRun(run: SimulatedRun | null, limitMiB: number, random: RandomSource): RunPlan {
  const { durationMs, exitCode, fault, memoryMiB = 0 } = run ?? DEFAULT_RUN;
  if (memoryMiB > limitMiB) {
    const endsAfterMs = Math.round(durationMs * (limitMiB / memoryMiB));
    return { endsAfterMs, ending: failing(EXIT_CODE.commitmentLimit), answersShutdown: true };
  }
  const graceful: Ending = { exitCode, exitType: 'GracefulExit' };
  switch (fault) {
    case null:
      return { endsAfterMs: durationMs, ending: graceful, answersShutdown: true };
    case 'hang':
      return { endsAfterMs: null, ending: graceful, answersShutdown: false };
    case 'crash': {
      const endsAfterMs = Math.round(durationMs * random());
      return { endsAfterMs, ending: failing(EXIT_CODE.crashed), answersShutdown: true };
    }
  }
}

function failing(exitCode: number): Ending {
  return { exitCode, exitType: 'UnexpectedExit' };
}

/** How one ends that is forced to, by where it stands. */
export function forcedEnding(state: ComputeSystemState): Ending {
  const { terminated, terminatedDuringStart } = EXIT_CODE;
  const exitCode = state === 'starting' ? terminatedDuringStart : terminated;
  return { exitCode, exitType: 'ForcedExit' };
}
