import type { DomainEvent } from '@bulkhead/domain';
import { type CommandExecution, type Executed, executeCommand } from '@bulkhead/event-store';
import { type Caller, metadataOf } from '../auth/caller.js';

/**
 * Executes a command in the name of a caller, and notes for the token of its answer what was recorded. Where
 * nothing is left to do, no act of before can undo that later: a tenant that was hostile already and is called
 * hostile again stays so, although whoever trusted it a moment ago was told that this may not have been recorded.
 */
export async function executeFor<C, S, E extends DomainEvent>(
  caller: Caller,
  execution: Omit<CommandExecution<C, S, E>, 'metadata'>,
): Promise<Executed<S, E>> {
  const executed = await executeCommand<C, S, E>({
    metadata: metadataOf(caller),
    waitsWhereNothingIsToDo: true,
    ...execution,
  });
  if (executed.accepted) caller.recorded.note(executed.appended);
  return executed;
}
