import type { ComputeSystemId, HostId, TenantId, TimeMs, WorkloadId } from '@bulkhead/domain';

/** One short step of a workload. It never waits for the workload to end. */
export type WorkloadJobKind =
  | 'start-workload'
  | 'stop-workload'
  | 'release-workload'
  | 'enforce-timeout';

export type HostJobKind = 'provision-host' | 'resume-host' | 'reboot-host' | 'tend-templates';

export type JobKind = WorkloadJobKind | HostJobKind;

/** One queue for each kind of work, so that however much of one kind waits, the others go on. */
export const QUEUE_NAMES = ['stops', 'releases', 'hosts', 'starts'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/**
 * What stops or frees something never waits behind what starts something: an eviction keeps its bound
 * however many starts are waiting.
 */
export const QUEUE_OF: Readonly<Record<JobKind, QueueName>> = {
  'stop-workload': 'stops',
  'enforce-timeout': 'stops',
  'release-workload': 'releases',
  'provision-host': 'hosts',
  'resume-host': 'hosts',
  'reboot-host': 'hosts',
  'tend-templates': 'hosts',
  'start-workload': 'starts',
};

/** Within its queue: 0 in the order in which they came, before all others. Templates only save time later. */
export const JOB_PRIORITY: Readonly<Partial<Record<JobKind, number>>> = { 'tend-templates': 1 };

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

/** How many jobs a queue holds in each state. */
export type JobCounts = Readonly<Record<string, number>>;
export type QueueCounts = Readonly<Record<QueueName, JobCounts>>;

/** Where jobs go. The same id again is the same job while that one is there. */
export interface JobQueue {
  add(jobs: readonly Job[]): Promise<void>;
  counts(): Promise<QueueCounts>;
  /** Has each job taken up once more that had failed for good by then. */
  retryFailed(name: QueueName, failedByMs: TimeMs): Promise<void>;
}

export function isQueueName(name: string): name is QueueName {
  return (QUEUE_NAMES as readonly string[]).includes(name);
}

/** Jobs of one state by queue. */
export function countsByQueue(of: (name: QueueName) => JobCounts): QueueCounts {
  const entries = QUEUE_NAMES.map((name) => [name, of(name)]);
  return Object.fromEntries(entries) as unknown as QueueCounts;
}

/** Jobs that could run now and wait for a worker. */
export function backlogOf({ waiting = 0, prioritized = 0 }: JobCounts): number {
  return waiting + prioritized;
}
