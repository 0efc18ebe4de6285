import {
  type AdvisoriesChanged,
  advisoryBoardDecider,
  type ChangeAdvisories,
} from '@bulkhead/domain';
import type { EventLog, StreamAppend } from '@bulkhead/event-store';
import { rejected } from '../problems/problems.js';

/**
 * What goes into the append of an advisory's own event, after it: the stream that placements and starts
 * guard moves on. A reader that has seen it has therefore seen the advisory.
 * @throws RequestProblem where so many advisories stand that no more are taken
 */
export async function boardAppend(
  log: EventLog,
  change: Omit<ChangeAdvisories, 'kind'>,
): Promise<StreamAppend> {
  const { state, version } = await log.readState(null, 'advisories', advisoryBoardDecider);
  const decided = advisoryBoardDecider.decide({ kind: 'change-advisories', ...change }, state);
  if (!decided.accepted) throw rejected(decided.rejection);
  const events: readonly AdvisoriesChanged[] = decided.events;
  return { owner: null, stream: 'advisories', expectedVersion: version, events };
}
