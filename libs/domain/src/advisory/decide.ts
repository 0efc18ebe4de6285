import {
  accept,
  type Decided,
  type Decider,
  reject,
  type StateTable,
  unknownEvent,
} from '../decider.js';
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

export type AdvisoryPhase = 'absent' | 'published' | 'withdrawn';

/** What was withdrawn stays withdrawn, and says what it said. */
export const advisoryTable: StateTable<
  AdvisoryCommand['kind'],
  AdvisoryPhase,
  AdvisoryEvent['type'] | 'ADVISORY_EXISTS' | 'ADVISORY_NOT_FOUND'
> = {
  'publish-advisory': {
    absent: 'AdvisoryPublished',
    published: 'ADVISORY_EXISTS',
    withdrawn: 'ADVISORY_EXISTS',
  },
  'withdraw-advisory': {
    absent: 'ADVISORY_NOT_FOUND',
    published: 'AdvisoryWithdrawn',
    withdrawn: 'nothing',
  },
};

export function advisoryPhaseOf({ published, withdrawal }: AdvisoryState): AdvisoryPhase {
  if (published === null) return 'absent';
  return withdrawal === null ? 'published' : 'withdrawn';
}

/** One published vulnerability. What it says never changes: whoever knows better withdraws it and publishes another. */
export const advisoryDecider: Decider<AdvisoryCommand, AdvisoryState, AdvisoryEvent> = {
  initialState: { published: null, publishedAtMs: 0, withdrawal: null },
  decide: (command, state) => {
    const answer = advisoryTable[command.kind][advisoryPhaseOf(state)];
    switch (answer) {
      case 'nothing':
        return accept();
      case 'ADVISORY_EXISTS':
        return reject(answer, 'An advisory of that id was published before.');
      case 'ADVISORY_NOT_FOUND':
        return reject(answer, 'There is no such advisory.');
      default:
        return command.kind === 'publish-advisory' ? publish(command) : accept(withdrawn(command));
    }
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

type Command<K extends AdvisoryCommand['kind']> = Extract<AdvisoryCommand, { kind: K }>;

function withdrawn({ nowMs, reason }: Command<'withdraw-advisory'>): AdvisoryEvent {
  return event<AdvisoryWithdrawn>('AdvisoryWithdrawn', nowMs, { reason });
}

function publish({ advisory, nowMs }: Command<'publish-advisory'>): Decided<AdvisoryEvent> {
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
