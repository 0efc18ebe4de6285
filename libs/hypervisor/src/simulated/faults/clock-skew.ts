import type { ComputeSystemStatus } from '../../driver.js';

/** A status as a host tells it whose clock is `skewMs` ahead of the others. */
export function skewed(status: ComputeSystemStatus, skewMs: number): ComputeSystemStatus {
  const { exit, failure, stages } = status;
  return {
    ...status,
    stages: stages.map((stage) => ({
      ...stage,
      startedAtMs: stage.startedAtMs + skewMs,
      finishedAtMs: stage.finishedAtMs + skewMs,
    })),
    exit: exit && { ...exit, exitedAtMs: exit.exitedAtMs + skewMs },
    failure: failure && { ...failure, failedAtMs: failure.failedAtMs + skewMs },
  };
}
