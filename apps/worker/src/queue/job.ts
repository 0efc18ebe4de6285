import type { ComputeSystemId, HostId, TenantId, WorkloadId } from '@bulkhead/domain';

/** One short step of a workload. It never waits for the workload to end. */
export type WorkloadJobKind =
  | 'start-workload'
  | 'stop-workload'
  | 'release-workload'
  | 'enforce-timeout';

export type HostJobKind = 'provision-host' | 'resume-host' | 'reboot-host' | 'tend-templates';

export type JobKind = WorkloadJobKind | HostJobKind;

/**
 * The lower number goes first. What stops or frees something goes before what starts something, so that
 * an eviction keeps its bound however many starts are waiting. Templates save time later and come last.
 */
export const JOB_PRIORITY: Readonly<Record<JobKind, number>> = {
  'stop-workload': 1,
  'enforce-timeout': 1,
  'provision-host': 1,
  'resume-host': 1,
  'reboot-host': 1,
  'release-workload': 2,
  'start-workload': 3,
  'tend-templates': 4,
};

export interface WorkloadJobData {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  /** The attempt that it is for; null means the one that holds a place when the job runs. */
  readonly computeSystemId: ComputeSystemId | null;
  /** The event that asks for it: what the job reads must be at least as new. */
  readonly position: number;
  readonly correlationId: string;
}

export interface HostJobData {
  readonly hostId: HostId;
  readonly position: number;
  readonly correlationId: string;
}

export type Job = { readonly id: string; readonly delayMs: number } & (
  | { readonly kind: WorkloadJobKind; readonly data: WorkloadJobData }
  | { readonly kind: HostJobKind; readonly data: HostJobData }
);

/** How many jobs of each state the queue holds. */
export type QueueCounts = Readonly<Record<string, number>>;

/** Where jobs go. The same id again is the same job while that one is there. */
export interface JobQueue {
  add(jobs: readonly Job[]): Promise<void>;
  counts(): Promise<QueueCounts>;
}
