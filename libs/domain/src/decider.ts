import type { AnyEvent } from './event.js';
import type { RejectionCode } from './rejection-code.js';

/** Why a command was turned down, without an event: the caller may correct it and try again. */
export interface Rejection {
  /** Stable; the API's problem body shows it as `code`. */
  readonly code: RejectionCode;
  /** One sentence for the caller. It never names another tenant. */
  readonly detail: string;
  /** Where several things are wrong at once, each of them. */
  readonly problems?: readonly RejectionProblem[];
}

/** One of several things that are wrong with a command. */
export interface RejectionProblem {
  /** Stable, UPPER_SNAKE. */
  readonly code: string;
  /** JSON pointer to it, from the part of the command that the caller wrote. */
  readonly pointer: string;
  readonly detail: string;
}

export type Decided<E> =
  | { readonly accepted: true; readonly events: readonly E[] }
  | { readonly accepted: false; readonly rejection: Rejection };

/**
 * The whole pattern: a command and a state give events, a state and an event give the next state.
 * `decide` never changes anything and never asks a clock; `evolve` never refuses what was recorded.
 */
export interface Decider<Command, State, E extends AnyEvent> {
  readonly initialState: State;
  decide(command: Command, state: State): Decided<E>;
  evolve(state: State, event: E): State;
}

/** The command is carried out by these events. None means that it was carried out before. */
export function accept<E>(...events: readonly E[]): Decided<E> {
  return { accepted: true, events };
}

/** The command is turned down; nothing is recorded. */
export function reject<E>(
  code: RejectionCode,
  detail: string,
  problems?: readonly RejectionProblem[],
): Decided<E> {
  const rejection = problems === undefined ? { code, detail } : { code, detail, problems };
  return { accepted: false, rejection };
}

/**
 * What each act does to a stream in each of its phases: the event that follows, the code of a refusal, or
 * `nothing` where the act was carried out before or says nothing new.
 */
export type StateTable<Act extends string, Phase extends string, Answer extends string> = Readonly<
  Record<Act, Readonly<Record<Phase, Answer | 'nothing'>>>
>;

/** The state that a history leads to. */
export function fold<S, E extends AnyEvent>(
  decider: Pick<Decider<never, S, E>, 'initialState' | 'evolve'>,
  events: Iterable<E>,
  from: S = decider.initialState,
): S {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}

/** Thrown where an event cannot follow the state it meets: a bug or an edited log, never a refusal. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** For the `default` of an exhaustive switch over event types. */
export function unknownEvent(event: never): never {
  const { type, schemaVersion } = event as AnyEvent;
  throw new BrokenInvariant(`no evolve for event ${type} version ${schemaVersion}`);
}
