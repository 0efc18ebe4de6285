import type { WorkloadJobData } from '../queue/job.js';
import { type JobParts, subjectOf } from './job-parts.js';

/**
 * The alarm of a run-time limit. It usually comes when the time is up; where it comes earlier, because
 * nobody knew the limit when it was set, it sets itself again.
 */
export async function enforceTimeout(parts: JobParts, data: WorkloadJobData): Promise<void> {
  const subject = await subjectOf(parts, data);
  if (subject === null || subject.attempt.stage !== 'started') return;
  const { state, attempt, target } = subject;
  const timeoutSeconds = state.request?.timeoutSeconds ?? null;
  if (timeoutSeconds === null || attempt.startedAtMs === null) return;
  const nowMs = parts.clock();
  const dueMs = attempt.startedAtMs + timeoutSeconds * 1_000;
  const { computeSystemId } = attempt;
  if (nowMs < dueMs) {
    const id = `enforce-timeout-${computeSystemId}-at-${dueMs}`;
    await parts.queue.add([{ kind: 'enforce-timeout', id, data, delayMs: dueMs - nowMs }]);
    return;
  }
  await parts.workloads.carryOut({
    ...target,
    command: () => ({ kind: 'exceed-deadline', computeSystemId, nowMs }),
  });
}
