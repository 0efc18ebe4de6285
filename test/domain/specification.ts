import type { AnyEvent, Decider } from '@bulkhead/domain';
import { fold } from '@bulkhead/domain';
import { expect } from 'vitest';

/** What an event is expected to be: its type, and of its payload as much as the test is about. */
export type Expected<E extends AnyEvent> = E['type'] | readonly [E['type'], object];

/**
 * `given(decider, history).when(command).thenEvents('EventType', ['Other', { field: 1 }])`: after this history
 * the command leads to exactly these events.
 */
export function given<C, S, E extends AnyEvent>(decider: Decider<C, S, E>, history: readonly E[]) {
  const state = fold(decider, history);
  return {
    state,
    when(command: C) {
      const decided = decider.decide(command, state);
      const events = decided.accepted ? decided.events : [];
      return {
        decided,
        /** The history with what was decided, for the next `given`. */
        history: [...history, ...events],
        state: fold(decider, events, state),
        thenEvents(...expected: Expected<E>[]): void {
          expect(decided.accepted, rejectionOf(decided)).toBe(true);
          expect(events.map((event) => event.type)).toEqual(
            expected.map((one) => (typeof one === 'string' ? one : one[0])),
          );
          for (const [at, one] of expected.entries()) {
            if (typeof one !== 'string') expect(events[at]?.payload).toMatchObject(one[1]);
          }
        },
        /** It was carried out before, or says nothing new. */
        thenNothing(): void {
          expect(decided).toEqual({ accepted: true, events: [] });
        },
        thenRejected(code: string): void {
          expect(decided).toMatchObject({ accepted: false, rejection: { code } });
        },
      };
    },
  };
}

function rejectionOf(decided: { accepted: boolean; rejection?: { detail: string } }): string {
  return decided.accepted ? '' : (decided.rejection?.detail ?? 'rejected');
}
