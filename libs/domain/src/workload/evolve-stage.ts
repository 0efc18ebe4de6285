import { BrokenInvariant } from '../decider.js';
import { changedAttempt, withoutClone } from './changed.js';
import type {
  ComputeSystemExited,
  ComputeSystemLost,
  ComputeSystemReleased,
  ComputeSystemStartFailed,
  StageEvent,
  StartAuthorized,
  WorkloadEvent,
} from './events.js';
import type { AttemptState, StageTiming, WorkloadState } from './state.js';

/** Events that tell how far an attempt's compute system has come. */
export type AttemptStageEvent =
  | StartAuthorized
  | StageEvent
  | ComputeSystemStartFailed
  | ComputeSystemExited
  | ComputeSystemLost
  | ComputeSystemReleased;

const stageOf: Readonly<Record<StageEvent['type'], StageTiming['stage']>> = {
  ImagePulled: 'image-pull',
  UtilityVmBooted: 'utility-vm-boot',
  ComputeSystemCreated: 'create',
  NetworkAttached: 'network-attach',
  ComputeSystemStarted: 'start',
};

const attemptStageTypes: ReadonlySet<string> = new Set([
  ...Object.keys(stageOf),
  'StartAuthorized',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'ComputeSystemReleased',
]);

export function isStageEvent(event: WorkloadEvent): event is AttemptStageEvent {
  return attemptStageTypes.has(event.type);
}

/** What the event says of the attempt, its stage apart: the table decides that. */
export function evolveStage(state: WorkloadState, event: AttemptStageEvent): AttemptState {
  const attempt = state.current;
  if (attempt === null || attempt.computeSystemId !== event.payload.computeSystemId) {
    throw new BrokenInvariant(
      `${event.type} is of ${event.payload.computeSystemId}, which is not the current attempt of ${state.workloadId}`,
    );
  }
  const { occurredAtMs } = event;
  switch (event.type) {
    case 'StartAuthorized':
      return withClone(attempt, event);
    case 'ComputeSystemReleased':
      return attempt;
    case 'ComputeSystemStartFailed': {
      const { code, detail } = event.payload;
      return changedAttempt(attempt, { startFailure: { code, detail } });
    }
    case 'ComputeSystemExited': {
      const { exitCode, exitType } = event.payload;
      return changedAttempt(attempt, { exit: { exitCode, exitType, atMs: occurredAtMs } });
    }
    case 'ComputeSystemLost':
      return changedAttempt(attempt, { loss: event.payload.cause });
    default:
      return withTiming(attempt, event);
  }
}

/**
 * An authorization that says nothing of a template takes none back: the host may have carried out the one
 * before. Only the boot of the utility VM tells.
 */
function withClone(attempt: AttemptState, { payload }: StartAuthorized): AttemptState {
  const templateId = payload.clone?.templateId ?? null;
  if (templateId === null || templateId === attempt.clonedFrom?.templateId) return attempt;
  const { trustBoundary } = payload;
  return changedAttempt(attempt, { clonedFrom: { templateId, trustBoundary } });
}

function withTiming(attempt: AttemptState, event: StageEvent): AttemptState {
  const timing: StageTiming = {
    stage: stageOf[event.type],
    path: event.type === 'UtilityVmBooted' ? event.payload.path : null,
    startedAtMs: event.payload.startedAtMs,
    finishedAtMs: event.occurredAtMs,
    ...(event.type === 'UtilityVmBooted' && event.payload.clone !== undefined
      ? { clone: event.payload.clone }
      : {}),
  };
  const timings = [...attempt.timings, timing];
  if (timing.stage === 'utility-vm-boot' && timing.clone === undefined) {
    return withoutClone(attempt, { timings });
  }
  return event.type === 'ComputeSystemStarted'
    ? changedAttempt(attempt, { timings, startedAtMs: event.occurredAtMs })
    : changedAttempt(attempt, { timings });
}
