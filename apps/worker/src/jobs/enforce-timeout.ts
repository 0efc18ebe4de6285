import type { WorkloadJobData } from '../queue/job.js';
import { type JobParts, subjectOf } from './job-parts.js';

/**
 * The alarm of a run-time limit. It usually comes when the time is up; where it comes earlier, because
 * nobody knew the limit when it was set, it sets itself again. The time counts from when the log learned
 * of the start, by the log's clock: a host may report any time, and every worker measures the same.
 */
export async function enforceTimeout(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null || subject.attempt.stage !== 'started') return;
  const { state, attempt, target } = subject;
  const { computeSystemId } = attempt;
  const timeoutSeconds = state.request?.timeoutSeconds ?? null;
  const startedAtMs = parts.follower.attempts.get(computeSystemId)?.startedAtMs ?? null;
  if (timeoutSeconds === null || startedAtMs === null) return;
  const nowMs = await parts.logTime.nowMs();
  const leftMs = startedAtMs + timeoutSeconds * 1_000 - nowMs;
  if (leftMs > 0) {
    // One that rings early again needs another id than the one in hand, which would swallow it.
    const id = `enforce-timeout-${computeSystemId}-at-${nowMs}`;
    await parts.queue.add([{ kind: 'enforce-timeout', id, data, delayMs: leftMs }]);
    return;
  }
  await parts.workloads.carryOut({
    ...target,
    command: () => ({ kind: 'exceed-deadline', computeSystemId, nowMs: parts.clock() }),
  });
}
