import { accept, type Decided, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { AdvisoryEvent, AdvisoryPublished, AdvisoryWithdrawn } from './events.js';

/** More builds than Windows Server has had. */
export const ADVISORY_BUILDS_MAX = 64;

export interface AdvisoryState {
  readonly published: AdvisoryPublished['payload'] | null;
  readonly publishedAtMs: TimeMs;
  readonly withdrawal: { readonly atMs: TimeMs; readonly reason: string } | null;
}

export type AdvisoryCommand =
  | {
      readonly kind: 'publish-advisory';
      readonly advisory: AdvisoryPublished['payload'];
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'withdraw-advisory'; readonly reason: string; readonly nowMs: TimeMs };

/** One published vulnerability. What it says never changes: whoever knows better withdraws it and publishes another. */
export const advisoryDecider: Decider<AdvisoryCommand, AdvisoryState, AdvisoryEvent> = {
  initialState: { published: null, publishedAtMs: 0, withdrawal: null },
  decide: (command, state) => {
    if (command.kind === 'publish-advisory') return publish(command.advisory, command.nowMs, state);
    if (state.published === null) {
      return reject('ADVISORY_NOT_FOUND', 'There is no such advisory.');
    }
    const { reason, nowMs } = command;
    return state.withdrawal === null
      ? accept(event<AdvisoryWithdrawn>('AdvisoryWithdrawn', nowMs, { reason }))
      : accept();
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'AdvisoryPublished':
        return { published: event.payload, publishedAtMs: event.occurredAtMs, withdrawal: null };
      case 'AdvisoryWithdrawn':
        return {
          ...state,
          withdrawal: { atMs: event.occurredAtMs, reason: event.payload.reason },
        };
      default:
        return unknownEvent(event);
    }
  },
};

function publish(
  advisory: AdvisoryPublished['payload'],
  nowMs: TimeMs,
  { published }: AdvisoryState,
): Decided<AdvisoryEvent> {
  if (published !== null) {
    return reject('ADVISORY_EXISTS', 'An advisory of that id was published before.');
  }
  const { builds, window } = advisory;
  const named = new Set(builds.map(({ build }) => build));
  if (builds.length === 0 || builds.length > ADVISORY_BUILDS_MAX || named.size < builds.length) {
    const detail = `An advisory names 1 to ${ADVISORY_BUILDS_MAX} builds, each of them once.`;
    return reject('ADVISORY_BUILDS', detail);
  }
  // Opening is an event, which nothing placed can overtake; a window that opened by itself would be none.
  if (window.fromMs > nowMs) {
    return reject(
      'ADVISORY_WINDOW',
      'The window of an advisory begins when it is published, or before.',
    );
  }
  if (window.untilMs !== null && window.untilMs <= nowMs) {
    return reject(
      'ADVISORY_WINDOW',
      'The window of an advisory ends after it is published, or never.',
    );
  }
  return accept(event<AdvisoryPublished>('AdvisoryPublished', nowMs, advisory));
}
