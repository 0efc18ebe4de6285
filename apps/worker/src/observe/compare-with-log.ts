import type { AttemptState, TimeMs } from '@bulkhead/domain';
import type { ComputeSystemStatus } from '@bulkhead/hypervisor';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import type { WorkloadJobKind } from '../queue/job.js';

/** An attempt that holds a place, as the log knows it. */
export interface LoggedAttempt {
  readonly tracked: TrackedAttempt;
  readonly attempt: AttemptState;
  readonly stopping: boolean;
  readonly timeoutSeconds: number | null;
  /** `attempt` is newer than `tracked`, whose position is not of the event that permits what comes next. */
  readonly isAhead: boolean;
}

/** A difference between what the log says of a host and what the host says, and what settles it. */
export type Finding =
  /** The host says more than the log knows. */
  | {
      readonly kind: 'report';
      readonly tracked: TrackedAttempt;
      readonly status: ComputeSystemStatus;
    }
  /** The log asked for something long ago, and nothing came of it. */
  | {
      readonly kind: 'reissue';
      readonly job: WorkloadJobKind;
      readonly tracked: TrackedAttempt;
    }
  /** The log says that it runs, and the host does not list it. */
  | { readonly kind: 'missing'; readonly tracked: TrackedAttempt }
  /** The host has what holds no place in the log. */
  | { readonly kind: 'leftover'; readonly status: ComputeSystemStatus };

export interface Comparison {
  readonly statuses: readonly ComputeSystemStatus[];
  readonly logged: readonly LoggedAttempt[];
  /** By the log's clock, which recorded how far each attempt has come. */
  readonly nowMs: TimeMs;
  readonly reissueAfterMs: number;
  /** In quarantine nothing starts, and what has ended or was left over stays: there is nothing to settle. */
  readonly isHeld: boolean;
}

/** Compares a host's list with the attempts that the log holds there. The list is the older of the two. */
export function compareWithLog(comparison: Comparison): Finding[] {
  const byId = new Map(comparison.statuses.map((status) => [status.computeSystemId, status]));
  const findings: Finding[] = [];
  for (const logged of comparison.logged) {
    const { computeSystemId } = logged.tracked;
    const finding = judge(logged, byId.get(computeSystemId) ?? null, comparison);
    byId.delete(computeSystemId);
    if (finding !== null && !(comparison.isHeld && waitsForRelease(finding, logged))) {
      findings.push(finding);
    }
  }
  if (comparison.isHeld) return findings;
  for (const status of byId.values()) findings.push({ kind: 'leftover', status });
  return findings;
}

/** What the release of the host from its quarantine issues anew. */
function waitsForRelease(finding: Finding, { attempt }: LoggedAttempt): boolean {
  if (finding.kind !== 'reissue') return false;
  return attempt.stage === 'placed' || !['stop-workload', 'enforce-timeout'].includes(finding.job);
}

function judge(
  logged: LoggedAttempt,
  status: ComputeSystemStatus | null,
  { nowMs, reissueAfterMs }: Comparison,
): Finding | null {
  const { tracked, attempt, stopping, isAhead } = logged;
  const isStuck = !isAhead && nowMs - tracked.movedAtMs >= reissueAfterMs;
  const reissue = (job: WorkloadJobKind): Finding | null =>
    isStuck ? { kind: 'reissue', job, tracked } : null;
  switch (attempt.stage) {
    case 'exited':
    case 'start-failed':
    case 'lost':
      return reissue('release-workload');
    case 'released':
      return null;
    case 'placed':
      return reissue(stopping ? 'stop-workload' : 'start-workload');
    case 'authorized':
      if (status !== null && isAny(status, ['running', 'exited', 'start-failed'])) {
        return { kind: 'report', tracked, status };
      }
      if (stopping) return reissue('stop-workload');
      return status?.state === 'starting' ? null : reissue('start-workload');
    case 'started':
      if (status === null) return { kind: 'missing', tracked };
      if (status.state === 'exited') return { kind: 'report', tracked, status };
      if (stopping) return reissue('stop-workload');
      return isOverdue(logged, nowMs) ? reissue('enforce-timeout') : null;
  }
}

function isAny(
  { state }: ComputeSystemStatus,
  states: readonly ComputeSystemStatus['state'][],
): boolean {
  return states.includes(state);
}

function isOverdue({ tracked, timeoutSeconds }: LoggedAttempt, nowMs: TimeMs): boolean {
  if (timeoutSeconds === null || tracked.startedAtMs === null) return false;
  return nowMs >= tracked.startedAtMs + timeoutSeconds * 1_000;
}
