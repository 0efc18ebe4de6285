import type { RecordedEvent, WorkloadId } from '@bulkhead/domain';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { LogTime } from '../fleet/log-time.js';
import { isQueueName, type JobQueue } from '../queue/job.js';
import { jobsForEvent } from './jobs-for-event.js';

/**
 * The effect of the consumer `dispatch`: jobs for a batch of events, added in bulk before the checkpoint
 * moves, and failed ones that an operator has had tried again. A crash in between adds them again under
 * the same ids, and tries again only what had failed before the operator said so.
 */
export function dispatchTo(
  queue: JobQueue,
  follower: FleetFollower,
  logTime: Pick<LogTime, 'nowMs'>,
) {
  return async (batch: readonly RecordedEvent[]): Promise<void> => {
    const isStart = batch.some(({ event }) => event.type === 'ComputeSystemStarted');
    const nowMs = isStart ? await logTime.nowMs() : 0;
    const jobs = batch.flatMap((recorded) =>
      jobsForEvent(recorded, (id) => timeoutSecondsOf(follower, id, recorded.position), nowMs),
    );
    if (jobs.length > 0) await queue.add(jobs);
    for (const { event } of batch) {
      if (event.type !== 'QueueRetryRequested') continue;
      const { queue: name, newestFailureMs } = event.payload;
      // A queue of an earlier version is gone, and its jobs with it.
      if (isQueueName(name)) await queue.retryFailed(name, newestFailureMs);
    }
  };
}

/** A workload that the fleet no longer knows has ended, unless the fleet has not come so far yet. */
function timeoutSecondsOf(follower: FleetFollower, workloadId: WorkloadId, position: number) {
  const known = follower.fleet.workloads.get(workloadId);
  if (known !== undefined) return known.state.request?.timeoutSeconds ?? null;
  return follower.hasSeen(position) ? null : undefined;
}
