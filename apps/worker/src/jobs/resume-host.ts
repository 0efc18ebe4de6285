import { holdingAttempt, isOver, isStopping } from '@bulkhead/domain';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import type { HostJobData, Job, WorkloadJobKind } from '../queue/job.js';
import type { JobParts } from './job-parts.js';

/**
 * Issues anew what a quarantine held back on a host, once it is over or the host is declared off: starts
 * that never came, and releases of what ended meanwhile. What needs nothing is not touched.
 */
export async function resumeHost(parts: JobParts, data: HostJobData): Promise<void> {
  const { hostId, position } = data;
  const { follower, queue } = parts;
  if (!follower.hasSeen(position)) await follower.catchUp();
  const jobs = follower.attempts.on(hostId).flatMap((tracked) => {
    const kind = heldBack(parts, tracked);
    return kind === null ? [] : [jobOf(kind, tracked, data)];
  });
  if (jobs.length > 0) await queue.add(jobs);
}

function heldBack({ workloads }: JobParts, tracked: TrackedAttempt): WorkloadJobKind | null {
  const state = workloads.known(tracked.workloadId)?.state;
  const attempt = state === undefined ? null : holdingAttempt(state);
  if (state === undefined || attempt?.computeSystemId !== tracked.computeSystemId) return null;
  if (isOver(attempt)) return 'release-workload';
  if (isStopping(state)) return 'stop-workload';
  return attempt.stage === 'started' ? null : 'start-workload';
}

/** Its id follows from the event that ended the quarantine, so that a second delivery adds nothing. */
function jobOf(
  kind: WorkloadJobKind,
  tracked: TrackedAttempt,
  { position: endedAt, correlationId }: HostJobData,
): Job {
  const { tenantId, workloadId, computeSystemId, movedPosition, stopPosition } = tracked;
  const position = kind === 'stop-workload' ? (stopPosition ?? movedPosition) : movedPosition;
  const id = `${kind}-${computeSystemId}-resumed-${endedAt}`;
  return {
    kind,
    id,
    data: { tenantId, workloadId, computeSystemId, position, correlationId },
    delayMs: 0,
  };
}
