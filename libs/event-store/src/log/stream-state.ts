import { type Decider, type DomainEvent, fold, type RecordedEvent } from '@bulkhead/domain';

/** The half of a decider that makes a state of events. */
export type Evolving<S, E extends DomainEvent> = Pick<
  Decider<never, S, E>,
  'initialState' | 'evolve'
>;

/** What a stream's events lead to. Version 0 is a stream without events, in its initial state. */
export interface StreamState<S> {
  readonly state: S;
  readonly version: number;
}

/** The state that a whole stream leads to. */
export function foldHistory<S, E extends DomainEvent>(
  decider: Evolving<S, E>,
  history: readonly RecordedEvent[],
): StreamState<S> {
  const events = history.map(({ event }) => event as E);
  return { state: fold(decider, events), version: history.length };
}
