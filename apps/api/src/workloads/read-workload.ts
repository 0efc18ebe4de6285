import {
  fold,
  holdingAttempt,
  hostDecider,
  isId,
  type RecordedEvent,
  type TenantId,
  type WorkloadEvent,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { notFound } from '../problems/problems.js';

/**
 * A workload's own history. Someone else's, one that never was, and an id that is none all read the same.
 * @throws RequestProblem
 */
export async function readWorkloadHistory(
  log: Pick<EventLog, 'readStream'>,
  tenantId: TenantId,
  id: string,
): Promise<readonly RecordedEvent<WorkloadEvent>[]> {
  if (!isId('wl', id)) throw notFound('workload');
  const history = await log.readStream(tenantId, id);
  if (history.length === 0) throw notFound('workload');
  return history as readonly RecordedEvent<WorkloadEvent>[];
}

export function foldWorkload(history: readonly RecordedEvent<WorkloadEvent>[]): WorkloadState {
  return fold(
    workloadDecider,
    history.map(({ event }) => event),
  );
}

/** Only the host's own stream tells that it was lost, and only while the workload holds a place there. */
export async function isHostLost(
  log: Pick<EventLog, 'readState'>,
  state: WorkloadState,
): Promise<boolean> {
  const attempt = holdingAttempt(state);
  if (attempt === null) return false;
  const host = await log.readState(null, attempt.hostId, hostDecider);
  return host.state.condition === 'lost';
}
