import {
  type Decider,
  type DomainEvent,
  type EventMetadata,
  fold,
  type Rejection,
  type StreamId,
} from '@bulkhead/domain';
import {
  type Append,
  type Appended,
  type EventLog,
  type Owner,
  VersionConflict,
} from './event-log.js';

/** How often a command is read and decided again after a version conflict. */
export const DECISION_ATTEMPTS_MAX = 3;

export interface CommandExecution<C, S, E extends DomainEvent> {
  readonly log: EventLog;
  readonly owner: Owner;
  readonly stream: StreamId;
  readonly decider: Decider<C, S, E>;
  /** The command, or how to make it from the state: for commands that depend on what else was read. */
  readonly command: C | ((state: S) => C | Promise<C>);
  readonly metadata: EventMetadata;
  /** What goes into the same append: guards, content, the answer to remember. */
  readonly alongside?: (
    events: readonly E[],
    before: S,
    after: S,
  ) => Pick<Append, 'guards' | 'contents' | 'idempotentAnswer'> & {
    readonly streams?: Append['streams'];
  };
  readonly attemptsMax?: number;
  /** The stream's id was made a moment ago, so that nothing can be in it and nothing is read. */
  readonly isNew?: boolean;
  /**
   * Whoever is told that nothing was left to do relies on how things are, and nothing is appended that would
   * keep out what was asked before: so that is waited for, and the command decided once more.
   */
  readonly waitsWhereNothingIsToDo?: boolean;
}

export type Executed<S, E> =
  | {
      readonly accepted: true;
      readonly state: S;
      readonly version: number;
      readonly events: readonly E[];
      /** Null when the command had been carried out before, so that nothing was appended. */
      readonly appended: Appended | null;
    }
  | { readonly accepted: false; readonly rejection: Rejection; readonly state: S };

/**
 * The one thing that all command handlers have in common: read a stream's state, decide, append at the
 * version read. After a conflict everything is read and decided again, `attemptsMax` times in all.
 *
 * @throws VersionConflict when the last try met a conflict too; AlreadyAnswered, ForeignStream, LogOverloaded and LogUnavailable as `append` does
 */
export async function executeCommand<C, S, E extends DomainEvent>(
  execution: CommandExecution<C, S, E>,
): Promise<Executed<S, E>> {
  const attemptsMax = execution.attemptsMax ?? DECISION_ATTEMPTS_MAX;
  let isCertain = execution.waitsWhereNothingIsToDo !== true;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const executed = await decideOnce(execution);
      if (isCertain || !executed.accepted || executed.appended !== null) return executed;
      await execution.log.waitForAppends();
      isCertain = true;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt >= attemptsMax) throw error;
    }
  }
}

async function decideOnce<C, S, E extends DomainEvent>(
  execution: CommandExecution<C, S, E>,
): Promise<Executed<S, E>> {
  const { log, owner, stream, decider, metadata } = execution;
  const { state: before, version } = execution.isNew
    ? { state: decider.initialState, version: 0 }
    : await log.readState(owner, stream, decider);
  const command =
    typeof execution.command === 'function'
      ? await (execution.command as (state: S) => C | Promise<C>)(before)
      : execution.command;
  const decided = decider.decide(command, before);
  if (!decided.accepted) return { accepted: false, rejection: decided.rejection, state: before };

  if (decided.events.length === 0) {
    return { accepted: true, state: before, version, events: [], appended: null };
  }
  const after = fold(decider, decided.events, before);
  const { streams = [], ...alongside } = execution.alongside?.(decided.events, before, after) ?? {};
  const own = { owner, stream, expectedVersion: version, events: decided.events };
  const appended = await log.append({ streams: [own, ...streams], metadata, ...alongside });
  return {
    accepted: true,
    state: after,
    version: version + decided.events.length,
    events: decided.events,
    appended,
  };
}
