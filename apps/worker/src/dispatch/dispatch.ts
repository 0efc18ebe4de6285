import type { Clock, RecordedEvent, WorkloadId } from '@bulkhead/domain';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { JobQueue } from '../queue/job.js';
import { jobsForEvent } from './jobs-for-event.js';

/**
 * The effect of the consumer `dispatch`: jobs for a batch of events, added in bulk before the checkpoint
 * moves. A crash in between adds them again under the same ids.
 */
export function dispatchTo(queue: JobQueue, follower: FleetFollower, clock: Clock) {
  return async (batch: readonly RecordedEvent[]): Promise<void> => {
    const nowMs = clock();
    const jobs = batch.flatMap((recorded) =>
      jobsForEvent(recorded, (id) => timeoutSecondsOf(follower, id, recorded.position), nowMs),
    );
    if (jobs.length > 0) await queue.add(jobs);
  };
}

/** A workload that the fleet no longer knows has ended, unless the fleet has not come so far yet. */
function timeoutSecondsOf(follower: FleetFollower, workloadId: WorkloadId, position: number) {
  const known = follower.fleet.workloads.get(workloadId);
  if (known !== undefined) return known.state.request?.timeoutSeconds ?? null;
  return follower.hasSeen(position) ? null : undefined;
}
