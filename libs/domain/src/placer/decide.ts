import { accept, type Decider } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { PlacerEvent, PlacerTookOver } from './events.js';

export interface PlacerState {
  readonly owner: string | null;
  readonly term: number;
}

export interface TakeOver {
  readonly kind: 'take-over';
  readonly owner: string;
  readonly nowMs: TimeMs;
}

/** Each takeover moves the placer stream on, which fences every append of the placer before it. */
export const placerDecider: Decider<TakeOver, PlacerState, PlacerEvent> = {
  initialState: { owner: null, term: 0 },
  decide: (command, state) =>
    accept(
      event<PlacerTookOver>('PlacerTookOver', command.nowMs, {
        owner: command.owner,
        term: state.term + 1,
      }),
    ),
  evolve: (_state, event) => ({ ...event.payload }),
};
