import { type AttemptState, hostOf, keepsEvidence } from '@bulkhead/domain';
import type { WorkloadJobData } from '../queue/job.js';
import { driverOf, hasCode, type JobParts, subjectOf, TryLater } from './job-parts.js';

/**
 * Frees everything of an attempt whose end is known, after what it wrote was taken, and records that together with what follows for
 * the workload. Until then nothing else is placed where it was.
 */
export async function releaseWorkload(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null) return;
  const { attempt, target } = subject;
  if (!['exited', 'start-failed', 'lost'].includes(attempt.stage)) return;
  const host = hostOf(parts.follower.fleet, attempt.hostId).state;
  // Evidence: the release of the host from its quarantine issues this job anew.
  if (keepsEvidence(host)) return;
  const isThere = isHostThere(parts, attempt);
  const source = isThere ? driverOf(parts, attempt.hostId) : null;
  const { tenantId, workloadId } = target;
  const { attempt: number, computeSystemId } = attempt;
  const captured = { tenantId, workloadId, computeSystemId, attempt: number };
  await parts.lastOutput.take(captured, attempt, source);
  if (isThere) await releaseOnHost(parts, attempt, data.position);
  await parts.reports.released(target);
}

/**
 * A host that was fenced or lost cannot be asked, and need not be: the end is certain. If it comes back,
 * what is left there is released when its list is compared with the log.
 */
function isHostThere({ follower }: JobParts, { hostId, loss }: AttemptState): boolean {
  if (loss === 'host-fenced' || loss === 'lease-expired') return false;
  return follower.fleet.hosts.get(hostId)?.state.condition === 'up';
}

async function releaseOnHost(
  parts: JobParts,
  { hostId, computeSystemId }: AttemptState,
  cause: number,
): Promise<void> {
  const driver = driverOf(parts, hostId);
  const fence = await parts.fences.of(hostId, cause);
  try {
    await driver.release(computeSystemId, fence);
  } catch (error) {
    if (!hasCode(error, 'INVALID_STATE')) throw error;
    // It was believed gone and is not: it is ended first, and released when it has.
    await driver.terminate(computeSystemId, fence);
    throw new TryLater(`${computeSystemId} still ran when it was to be released`);
  }
}
