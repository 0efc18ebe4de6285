import type { ExitType, RandomSource, SimulatedRun } from '@bulkhead/domain';
import type { ComputeSystemSpec, ComputeSystemState } from '../driver.js';
import { EXIT_CODE } from './hcs/exit-codes.js';
import { RESULT_CODES } from './hcs/result-codes.js';

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
  /** When it tries to break out, counted from when it runs; left out where it does not. */
  readonly escapesAfterMs?: number;
  /** Its end is that of the kernel that it shares with its host, where the host lets that happen. */
  readonly panicsHost?: true;
}

/** What a utility VM ends with whose kernel has panicked. */
const ENDING_OF_GUEST = RESULT_CODES.HCS_E_GUEST_CRITICAL_ERROR.hresult;

/**
 * Run times are never scaled: they are the workload's own. What was asked to go wrong comes somewhere on
 * the way; one that needs more memory than it may have gets there evenly in the course of its run, and no
 * further.
 */
export function planRun(
  { simulation, resources, isolation }: ComputeSystemSpec,
  random: RandomSource,
): RunPlan {
  const { durationMs, exitCode, fault, memoryMiB = 0 } = simulation ?? DEFAULT_RUN;
  const limitMiB = resources.memoryMiB;
  if (memoryMiB > limitMiB) {
    const endsAfterMs = Math.round(durationMs * (limitMiB / memoryMiB));
    return failingAfter(endsAfterMs, EXIT_CODE.commitmentLimit);
  }
  const ending: Ending = { exitCode, exitType: 'GracefulExit' };
  const whole: RunPlan = { endsAfterMs: durationMs, ending, answersShutdown: true };
  const onTheWayMs = () => Math.round(durationMs * random());
  switch (fault) {
    case null:
      return whole;
    case 'hang':
      return { ...whole, endsAfterMs: null, answersShutdown: false };
    case 'crash':
      return failingAfter(onTheWayMs(), EXIT_CODE.crashed);
    case 'oom':
      return failingAfter(onTheWayMs(), EXIT_CODE.commitmentLimit);
    case 'kernel-panic':
      return isolation === 'hyperv'
        ? failingAfter(onTheWayMs(), ENDING_OF_GUEST)
        : { ...failingAfter(onTheWayMs(), EXIT_CODE.crashed), panicsHost: true };
    case 'escape-attempt':
      return { ...whole, escapesAfterMs: onTheWayMs() };
  }
}

function failingAfter(endsAfterMs: number, exitCode: number): RunPlan {
  return { endsAfterMs, ending: failing(exitCode), answersShutdown: true };
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
