import { hostOf, isStopping, keepsEvidence } from '@bulkhead/domain';
import type { WorkloadJobData } from '../queue/job.js';
import {
  driverOf,
  hasCode,
  type JobParts,
  type JobSubject,
  subjectOf,
  TryLater,
} from './job-parts.js';

/** What its tenant cancels has so long to end by itself where no setting says otherwise. */
export const CANCEL_GRACE_MS = 10_000;

/**
 * Ends an attempt that was cancelled, evicted, or ran too long. What never ran is released and recorded
 * at once, which spends its id, so that a start that comes late is refused; the end of what runs is
 * heard from the host.
 */
export async function stopWorkload(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null || !isStopping(subject.state)) return;
  const { attempt, target } = subject;
  // Its end is known already, and its release is on the way.
  if (!['placed', 'authorized', 'started'].includes(attempt.stage)) return;
  const host = hostOf(parts.follower.fleet, attempt.hostId).state;
  // What runs on a lost or fenced host ends with its lease; whoever watches it records that.
  if (host.condition !== 'up') return;
  const { computeSystemId, hostId } = attempt;
  const driver = driverOf(parts, hostId);
  const fence = await parts.fences.of(hostId, data.position);
  const graceMs = await graceLeftMs(parts, subject);
  if (graceMs > 0) await driver.shutdown(computeSystemId, graceMs, fence);
  else await driver.terminate(computeSystemId, fence);
  const status = await driver.inspect(computeSystemId);
  switch (status.state) {
    case 'exited':
    case 'start-failed':
      await parts.reports.status(target, status);
      return;
    case 'absent':
    case 'created':
    case 'spent':
      // What has started and is not there any more was lost with a boot; the reconciliation tells.
      if (attempt.stage === 'started') return;
      // What has not run yet is kept as well; the release of the host issues this job anew.
      if (keepsEvidence(host)) return;
      await driver.release(computeSystemId, fence).catch((error: unknown) => {
        if (!hasCode(error, 'INVALID_STATE')) throw error;
        throw new TryLater(`${computeSystemId} started while it was being stopped`);
      });
      await parts.reports.released(target);
      return;
    case 'starting':
    case 'running':
      return;
  }
}

/**
 * For how much longer it is asked to end before it is forced: from the record of its tenant's cancel on, by the
 * log's clock, however often this job is issued anew. Whatever a wall, a limit or an operator demands has no grace.
 */
async function graceLeftMs(
  { follower, logTime, cancelGraceMs }: JobParts,
  { state, attempt }: JobSubject,
): Promise<number> {
  const { stage, eviction, deadlineExceeded, computeSystemId } = attempt;
  const isCancelOnly = state.cancelRequested && eviction === null && !deadlineExceeded;
  const askedAtMs = follower.attempts.get(computeSystemId)?.stopAskedAtMs ?? null;
  if (stage !== 'started' || !isCancelOnly || askedAtMs === null || cancelGraceMs === 0) return 0;
  return Math.max(0, askedAtMs + cancelGraceMs - (await logTime.nowMs()));
}
