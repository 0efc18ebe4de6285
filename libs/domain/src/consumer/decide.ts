import { accept, type Decided, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { ConsumerStream } from '../ids.js';
import type { ConsumerEvent, ConsumerEventSkipped, ConsumerRetryRequested } from './events.js';

/** What keeps a consumer from going on, as the consumer itself has stored it. */
export interface ConsumerTrouble {
  /** `stopped`: the event cannot be applied. `waiting`: only a newer version of the service knows it. */
  readonly kind: 'stopped' | 'waiting';
  /** Of the event that it stands before. */
  readonly position: number;
  /** Null where it stands before what only a newer version knows, or where the log itself is in question. */
  readonly eventId: string | null;
  readonly stream: string | null;
  readonly type: string;
  /** The newest time at which a process stopped at it. */
  readonly stoppedAtMs: TimeMs;
  /** False for consumers whose result would be worthless with a gap. */
  readonly mayBeSkipped: boolean;
}

interface ConsumerAct {
  readonly consumer: string;
  readonly reason: string;
  /** Null while the consumer works. */
  readonly trouble: ConsumerTrouble | null;
  readonly nowMs: TimeMs;
}

export type ConsumerCommand =
  | (ConsumerAct & { readonly kind: 'skip-event'; readonly position: number })
  | (ConsumerAct & { readonly kind: 'retry' });

export interface ConsumerState {
  readonly skippedPositions: readonly number[];
  /** The stop that the newest retry answered; null before the first. */
  readonly retriedStopMs: TimeMs | null;
}

/** The stream that holds what operators did to a consumer. */
export function consumerStream(consumer: string): ConsumerStream {
  return `consumer_${consumer}`;
}

/** What operators do to a consumer that has stopped. Only the event that it stands before can be left out. */
export const consumerDecider: Decider<ConsumerCommand, ConsumerState, ConsumerEvent> = {
  initialState: { skippedPositions: [], retriedStopMs: null },
  decide: (command, state) =>
    command.kind === 'skip-event' ? skip(command, state) : retry(command, state),
  evolve: (state, event) => {
    switch (event.type) {
      case 'ConsumerEventSkipped':
        return {
          ...state,
          skippedPositions: [...state.skippedPositions, event.payload.position],
        };
      case 'ConsumerRetryRequested':
        return { ...state, retriedStopMs: event.payload.stoppedAtMs };
      default:
        return unknownEvent(event);
    }
  },
};

function skip(
  command: ConsumerCommand & { kind: 'skip-event' },
  state: ConsumerState,
): Decided<ConsumerEvent> {
  const { consumer, position, reason, trouble, nowMs } = command;
  if (state.skippedPositions.includes(position)) return accept();
  if (trouble?.kind !== 'stopped') return notStopped(consumer, trouble);
  if (trouble.position !== position) {
    return reject(
      'CONSUMER_STOPPED_ELSEWHERE',
      `Consumer ${consumer} is stopped at position ${trouble.position}, not at ${position}.`,
    );
  }
  const { eventId, stream, type } = trouble;
  if (!trouble.mayBeSkipped || eventId === null || stream === null) {
    return reject(
      'CONSUMER_NOT_SKIPPABLE',
      `What consumer ${consumer} makes would be worthless without one of its events.`,
    );
  }
  const payload = { consumer, position, eventId, stream, type, reason };
  return accept(event<ConsumerEventSkipped>('ConsumerEventSkipped', nowMs, payload));
}

function retry(
  { consumer, reason, trouble, nowMs }: ConsumerCommand,
  state: ConsumerState,
): Decided<ConsumerEvent> {
  if (trouble?.kind !== 'stopped') return notStopped(consumer, trouble);
  const { position, stoppedAtMs } = trouble;
  if (trouble.eventId === null) {
    return reject(
      'CONSUMER_NOT_RETRYABLE',
      `Consumer ${consumer} stopped at no event: the log is not the one that was signed, and to try again would find the same. Verify the log against tree heads that were kept; once the cause is gone, start its workers again, and it looks anew.`,
    );
  }
  if (state.retriedStopMs === stoppedAtMs) return accept();
  const payload = { consumer, position, stoppedAtMs, reason };
  return accept(event<ConsumerRetryRequested>('ConsumerRetryRequested', nowMs, payload));
}

function notStopped(consumer: string, trouble: ConsumerTrouble | null): Decided<ConsumerEvent> {
  if (trouble === null) {
    return reject('CONSUMER_NOT_STOPPED', `Consumer ${consumer} is not stopped.`);
  }
  return reject(
    'CONSUMER_WAITS',
    `Consumer ${consumer} waits at position ${trouble.position} for a newer version of the service, which alone knows ${trouble.type}; it goes on by itself once that runs.`,
  );
}
