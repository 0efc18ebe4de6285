import {
  type AttemptState,
  type Clock,
  type HostId,
  type HostSpec,
  holdingAttempt,
  type UuidSource,
  type WorkloadState,
} from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';
import {
  DriverError,
  type DriverErrorCode,
  DriverProtocolError,
  type DriverRegistry,
  type HostDriver,
} from '@bulkhead/hypervisor';
import { because } from '../because.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { LogTime } from '../fleet/log-time.js';
import type { HostReports } from '../hosts/host-reports.js';
import type { Fences } from '../leases/fences.js';
import type { Logger } from '../logging.js';
import type { LastOutput } from '../output/last-output.js';
import type { JobQueue, WorkloadJobData } from '../queue/job.js';
import type { TemplateReports } from '../templates/template-reports.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';
import type { ReportTarget, WorkloadReports } from '../workloads/workload-reports.js';
import type { StartTurns } from './start-turns.js';

/** Everything that jobs work with. */
export interface JobParts {
  readonly log: WholeLog;
  readonly follower: FleetFollower;
  readonly workloads: WorkloadCommands;
  readonly reports: WorkloadReports;
  readonly hosts: HostReports;
  readonly templates: TemplateReports;
  readonly fences: Fences;
  readonly drivers: DriverRegistry;
  readonly queue: JobQueue;
  readonly turns: StartTurns;
  readonly lastOutput: LastOutput;
  /** What its tenant cancels has so long to end by itself; 0 is not at all. */
  readonly cancelGraceMs: number;
  readonly clock: Clock;
  /** For what is measured from a time that the log recorded. */
  readonly logTime: Pick<LogTime, 'nowMs'>;
  readonly newUuid: UuidSource;
  readonly logger: Logger;
}

/** The host cannot do it now; the queue tries again after a pause. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
}

export interface JobSubject {
  readonly state: WorkloadState;
  readonly attempt: AttemptState;
  readonly target: ReportTarget;
}

/**
 * The attempt that a job is for, from a fold that is at least as new as the event that asks for the job;
 * null where the attempt is over, so that nothing is left to do.
 */
export async function subjectOf(
  { follower, workloads }: JobParts,
  data: WorkloadJobData,
): Promise<JobSubject | null> {
  const { tenantId, workloadId, position, correlationId } = data;
  if (!follower.hasSeen(position)) await follower.catchUp();
  const state = workloads.known(workloadId)?.state;
  const attempt = state === undefined ? null : holdingAttempt(state);
  if (state === undefined || attempt === null) return null;
  const { computeSystemId } = attempt;
  if (data.computeSystemId !== null && data.computeSystemId !== computeSystemId) return null;
  const metadata = because('jobs', correlationId, position);
  return { state, attempt, target: { tenantId, workloadId, computeSystemId, metadata } };
}

export function specOf({ follower }: JobParts, hostId: HostId): HostSpec {
  const spec = follower.fleet.hosts.get(hostId)?.state.spec ?? null;
  if (spec === null) throw new TryLater(`host ${hostId} is not registered`);
  return spec;
}

export function driverOf(parts: JobParts, hostId: HostId): HostDriver {
  return parts.drivers.driverFor(specOf(parts, hostId));
}

/** Refusals that say no to this very compute system, however often it is asked. */
const permanentCodes: ReadonlySet<DriverErrorCode> = new Set([
  'WRONG_ISOLATION',
  'INSUFFICIENT_RESOURCES',
  'INVALID_STATE',
  'TEMPLATE_MISMATCH',
]);

/** Why this compute system can never start there; null where it is worth another try. */
export function permanentRefusal(error: unknown): { code: string; detail: string } | null {
  if (error instanceof DriverError && permanentCodes.has(error.code)) {
    return { code: error.code, detail: error.message };
  }
  // The host does not understand what it is asked for, and will not the next time either.
  if (error instanceof DriverProtocolError) {
    return { code: 'DRIVER_PROTOCOL', detail: error.message };
  }
  return null;
}

export function hasCode(error: unknown, code: DriverErrorCode): boolean {
  return error instanceof DriverError && error.code === code;
}
