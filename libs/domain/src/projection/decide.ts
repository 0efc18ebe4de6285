import { accept, type Decider } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { ProjectionStream } from '../ids.js';
import type { ProjectionEvent, ProjectionRebuildRequested } from './events.js';

export interface RequestRebuild {
  readonly kind: 'request-rebuild';
  readonly projection: string;
  readonly reason: string;
  /** The newest request that the rows answer which readers see, or which are being made; 0 before the first. */
  readonly answered: number;
  /** Whether rows are being made beside those that readers see. */
  readonly isBuilding: boolean;
  readonly nowMs: TimeMs;
}

export interface ProjectionState {
  /** Requests are counted; the rows of a projection say which one they answer. */
  readonly requests: number;
}

/** The stream that holds what operators asked of a projection. */
export function projectionStream(projection: string): ProjectionStream {
  return `projection_${projection}`;
}

/** A rebuild that was asked for and is not done yet answers whoever asks meanwhile. */
export const projectionDecider: Decider<RequestRebuild, ProjectionState, ProjectionEvent> = {
  initialState: { requests: 0 },
  decide: ({ projection, reason, answered, isBuilding, nowMs }, { requests }) =>
    isBuilding || requests > answered
      ? accept()
      : accept(
          event<ProjectionRebuildRequested>('ProjectionRebuildRequested', nowMs, {
            projection,
            reason,
          }),
        ),
  evolve: ({ requests }) => ({ requests: requests + 1 }),
};
