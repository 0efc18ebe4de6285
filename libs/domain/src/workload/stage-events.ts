import type { Event, TimeMs } from '../event.js';
import type { ComputeSystemId } from '../ids.js';
import type { CloneOrigin } from '../vm-template/events.js';

/** Of which attempt an event is, by its number and by the id that the host knows. */
export interface OfAttempt {
  attempt: number;
  computeSystemId: ComputeSystemId;
}

interface Stage extends OfAttempt {
  /** The stage's own start; the event's `occurredAtMs` is its end. */
  startedAtMs: TimeMs;
}
export type ImagePulled = Event<'ImagePulled', 1, Stage>;
export type UtilityVmBooted = Event<
  'UtilityVmBooted',
  1,
  Stage & { path: 'cold' | 'cloned' | 'claimed'; clone?: CloneOrigin }
>;
export type ComputeSystemCreated = Event<'ComputeSystemCreated', 1, Stage>;
export type NetworkAttached = Event<'NetworkAttached', 1, Stage>;
export type ComputeSystemStarted = Event<'ComputeSystemStarted', 1, Stage>;

/** What a start consists of. The events of one step are appended together. */
export type StageEvent =
  | ImagePulled
  | UtilityVmBooted
  | ComputeSystemCreated
  | NetworkAttached
  | ComputeSystemStarted;
