import { accept, type Decided } from '../decider.js';
import { event } from '../event.js';
import type {
  ReportExited,
  ReportLost,
  ReportReleased,
  ReportStarted,
  ReportStartFailed,
} from './commands.js';
import { outcomeOf } from './decide-outcome.js';
import type {
  ComputeSystemCreated,
  ComputeSystemExited,
  ComputeSystemLost,
  ComputeSystemReleased,
  ComputeSystemStarted,
  ComputeSystemStartFailed,
  ImagePulled,
  NetworkAttached,
  StageEvent,
  UtilityVmBooted,
  WorkloadEvent,
} from './events.js';
import type { AttemptState, StageTiming, WorkloadState } from './state.js';

type Report = ReportStarted | ReportStartFailed | ReportExited | ReportLost | ReportReleased;

/**
 * What hosts report. Reports come late, twice, and out of order: one of an attempt that is over, or that
 * says nothing new, changes nothing.
 */
export function decideReport(
  command: Report,
  state: WorkloadState,
  attempt: AttemptState,
): Decided<WorkloadEvent> {
  const ofAttempt = { attempt: attempt.attempt, computeSystemId: attempt.computeSystemId };
  switch (command.kind) {
    case 'report-started':
      return accept<WorkloadEvent>(...stageEvents(attempt, command.timings));
    case 'report-start-failed': {
      const { code, detail, occurredAtMs } = command;
      const failed = { ...ofAttempt, code, detail };
      return accept<WorkloadEvent>(
        event<ComputeSystemStartFailed>('ComputeSystemStartFailed', occurredAtMs, failed),
      );
    }
    case 'report-exited':
      return exited(command, attempt);
    case 'report-lost':
      return accept<WorkloadEvent>(
        event<ComputeSystemLost>('ComputeSystemLost', command.nowMs, {
          ...ofAttempt,
          cause: command.cause,
        }),
      );
    case 'report-released':
      return accept<WorkloadEvent>(
        event<ComputeSystemReleased>('ComputeSystemReleased', command.nowMs, ofAttempt),
        ...outcomeOf(state, attempt, command),
      );
  }
}

function exited(command: ReportExited, attempt: AttemptState): Decided<WorkloadEvent> {
  const missed = attempt.stage === 'authorized' ? stageEvents(attempt, command.timings) : [];
  const { exitCode, exitType, occurredAtMs } = command;
  const { attempt: number, computeSystemId } = attempt;
  return accept<WorkloadEvent>(
    ...missed,
    event<ComputeSystemExited>('ComputeSystemExited', occurredAtMs, {
      attempt: number,
      computeSystemId,
      exitCode,
      exitType,
    }),
  );
}

function stageEvents(attempt: AttemptState, timings: readonly StageTiming[]): StageEvent[] {
  return timings.map((timing) => stageEvent(attempt, timing));
}

function stageEvent(attempt: AttemptState, timing: StageTiming): StageEvent {
  const { startedAtMs, finishedAtMs } = timing;
  const { attempt: number, computeSystemId } = attempt;
  const stage = { attempt: number, computeSystemId, startedAtMs };
  switch (timing.stage) {
    case 'image-pull':
      return event<ImagePulled>('ImagePulled', finishedAtMs, stage);
    case 'utility-vm-boot': {
      const path = timing.path ?? 'cold';
      const clone = timing.clone === undefined ? {} : { clone: timing.clone };
      return event<UtilityVmBooted>('UtilityVmBooted', finishedAtMs, { path, ...stage, ...clone });
    }
    case 'create':
      return event<ComputeSystemCreated>('ComputeSystemCreated', finishedAtMs, stage);
    case 'network-attach':
      return event<NetworkAttached>('NetworkAttached', finishedAtMs, stage);
    case 'start':
      return event<ComputeSystemStarted>('ComputeSystemStarted', finishedAtMs, stage);
  }
}
