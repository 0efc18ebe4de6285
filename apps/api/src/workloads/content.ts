import type { RestartPolicy, WorkloadRequest } from '@bulkhead/domain';
import type { SubmissionBody, TaskBody } from './submission.schema.js';

/** The content of a submission. */
export function contentOf(submission: SubmissionBody): Readonly<Record<string, unknown>> {
  const { command, args, env, labels, simulation } = submission;
  return { command, args, env, labels, stdout: simulation?.stdout };
}

/** What is left out stays left out, so that the event says no more than the tenant did. */
function restartPolicyOf({ restartPolicy }: SubmissionBody): RestartPolicy {
  const { maxAttempts, backoffSeconds, retryOn, finalExitCodes } = restartPolicy;
  return {
    maxAttempts,
    backoffSeconds,
    ...(retryOn === undefined ? {} : { retryOn }),
    ...(finalExitCodes === undefined ? {} : { finalExitCodes }),
  };
}

/** Everything else, which stands in the event. */
export function requestOf(
  submission: SubmissionBody & Partial<Pick<TaskBody, 'spread'>>,
  contentSha256: string,
): WorkloadRequest {
  const { image, resources, isolation, strict, priority, simulation } = submission;
  return {
    image,
    resources,
    isolation,
    strict,
    user: submission.user ?? null,
    capabilities: submission.capabilities,
    hostAccess: submission.hostAccess,
    hostSelector: submission.hostSelector ?? {},
    spread: submission.spread ?? 'preferred',
    restartPolicy: restartPolicyOf(submission),
    timeoutSeconds: submission.timeoutSeconds ?? null,
    priority,
    simulation:
      simulation === undefined
        ? null
        : {
            durationMs: simulation.durationMs,
            exitCode: simulation.exitCode,
            fault: simulation.fault ?? null,
            ...(simulation.memoryMiB === undefined ? {} : { memoryMiB: simulation.memoryMiB }),
          },
    contentSha256,
  };
}
