import type { AttemptStage } from './state.js';

type AttemptEventType =
  | 'StartAuthorized'
  | 'ComputeSystemStarted'
  | 'ComputeSystemStartFailed'
  | 'ComputeSystemExited'
  | 'ComputeSystemLost'
  | 'ComputeSystemReleased';

/**
 * Where each event leads from each stage; an event that is not listed cannot happen there. A job that
 * is delivered twice authorizes twice. An attempt that was stopped before it came to anything is
 * released without an exit.
 */
export const attemptStageTable: Readonly<
  Record<AttemptStage, Partial<Record<AttemptEventType, AttemptStage>>>
> = {
  placed: {
    StartAuthorized: 'authorized',
    ComputeSystemLost: 'lost',
    ComputeSystemReleased: 'released',
  },
  authorized: {
    StartAuthorized: 'authorized',
    ComputeSystemStarted: 'started',
    ComputeSystemStartFailed: 'start-failed',
    ComputeSystemExited: 'exited',
    ComputeSystemLost: 'lost',
    ComputeSystemReleased: 'released',
  },
  started: {
    ComputeSystemExited: 'exited',
    ComputeSystemLost: 'lost',
  },
  'start-failed': { ComputeSystemReleased: 'released' },
  exited: { ComputeSystemReleased: 'released' },
  lost: { ComputeSystemReleased: 'released' },
  released: {},
};

/** The stage that follows, or null where the event cannot happen. */
export function nextStage(stage: AttemptStage, type: AttemptEventType): AttemptStage | null {
  return attemptStageTable[stage][type] ?? null;
}
