import {
  type BatchId,
  type HostId,
  type Isolation,
  type TenantId,
  type TimeMs,
  type WorkloadEvent,
  type WorkloadId,
  type WorkloadState,
  type WorkloadStatus,
  workloadDecider,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn, type SelectQueryBuilder } from 'typeorm';
import { liveRows } from './live-rows.js';
import { onPage, type Page } from './page.js';
import { projectionOf } from './read-model.js';

@Entity({ schema: 'read', name: 'workloads', synchronize: false })
export class WorkloadRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'workload_id', type: 'text' })
  workloadId!: WorkloadId;
  @Column({ name: 'tenant_id', type: 'text' })
  tenantId!: TenantId;
  @Column({ name: 'batch_id', type: 'text', nullable: true })
  batchId!: BatchId | null;
  @Column({ type: 'text' })
  status!: WorkloadStatus;
  @Column({ type: 'text', nullable: true })
  isolation!: Isolation | null;
  @Column({ name: 'host_id', type: 'text', nullable: true })
  hostId!: HostId | null;
  @Column({ name: 'submitted_at', type: 'timestamptz', precision: 3 })
  submittedAt!: Date;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: WorkloadState;
}

export const workloadsProjection = projectionOf<WorkloadState, WorkloadEvent>({
  table: 'workloads',
  idColumn: 'workload_id',
  version: 5,
  prefix: 'wl_',
  decider: workloadDecider,
  types: {
    WorkloadSubmitted: true,
    IsolationDecided: true,
    WorkloadRejected: true,
    PlacementDeferred: true,
    WorkloadPlaced: true,
    StartAuthorized: true,
    ImagePulled: true,
    UtilityVmBooted: true,
    ComputeSystemCreated: true,
    NetworkAttached: true,
    ComputeSystemStarted: true,
    ComputeSystemStartFailed: true,
    ComputeSystemExited: true,
    ComputeSystemLost: true,
    ComputeSystemReleased: true,
    WorkloadEvicted: true,
    WorkloadDeadlineExceeded: true,
    AttemptFailed: true,
    WorkloadRetryScheduled: true,
    WorkloadCancelRequested: true,
    WorkloadSucceeded: true,
    WorkloadFailed: true,
    WorkloadCancelled: true,
    WorkloadTimedOut: true,
  },
  columns: [
    { name: 'tenant_id', kind: 'text', value: ({ tenantId }) => tenantId },
    { name: 'batch_id', kind: 'text', value: ({ batch }) => batch?.batchId ?? null },
    { name: 'status', kind: 'text', value: ({ status }) => status },
    {
      name: 'isolation',
      kind: 'text',
      value: ({ current, decision }) => current?.isolation ?? decision?.isolation ?? null,
    },
    { name: 'host_id', kind: 'text', value: ({ current }) => current?.hostId ?? null },
    { name: 'submitted_at', kind: 'time', value: ({ submittedAtMs }) => submittedAtMs },
  ],
});

/** The statuses of a workload that holds a place: between its placement and its release. */
export const HOLDING_STATUSES = ['placed', 'starting', 'running'] as const;

export interface WorkloadFilter {
  /** `on-lost-host`: it holds a place there, whatever its status was; without `lostHosts` there is none. */
  readonly status?: WorkloadStatus | 'on-lost-host';
  /** What holds a place on one of these is told from all others, whatever `status` asks for. */
  readonly lostHosts?: readonly HostId[];
  readonly batchId?: BatchId;
  readonly isolation?: Isolation;
  /** From this time on, and before the other one. */
  readonly submittedFromMs?: TimeMs;
  readonly submittedBeforeMs?: TimeMs;
  /** It has all of these. */
  readonly labels?: readonly Label[];
}

/** What a tenant calls a workload by. */
export interface Label {
  readonly name: string;
  readonly value: string;
}

/** A tenant's workloads, newest first. */
export function listWorkloads(
  dataSource: DataSource,
  tenantId: TenantId,
  filter: WorkloadFilter,
  page: Page,
): Promise<WorkloadRow[]> {
  const query = liveRows(dataSource, WorkloadRow, 'workloads', 'w', tenantId);
  query.andWhere('w.tenantId = :tenantId', { tenantId });
  const { batchId, isolation, submittedFromMs, submittedBeforeMs } = filter;
  withStatus(query, filter);
  if (batchId !== undefined) query.andWhere('w.batchId = :batchId', { batchId });
  if (isolation !== undefined) query.andWhere('w.isolation = :isolation', { isolation });
  if (submittedFromMs !== undefined) {
    query.andWhere('w.submittedAt >= :from', { from: new Date(submittedFromMs) });
  }
  if (submittedBeforeMs !== undefined) {
    query.andWhere('w.submittedAt < :before', { before: new Date(submittedBeforeMs) });
  }
  withLabels(query, filter.labels ?? []);
  return onPage(query, 'workloadId', page);
}

/** Labels are a tenant's content, which no event and so no row of a read model holds. */
function withLabels(query: SelectQueryBuilder<WorkloadRow>, labels: readonly Label[]): void {
  labels.forEach(({ name, value }, nr) => {
    query.andWhere(
      `EXISTS (SELECT FROM log.workload_labels l${nr}
                WHERE l${nr}.tenant = :tenantId AND l${nr}.name = :labelName${nr}
                  AND l${nr}.value = :labelValue${nr} AND l${nr}.workload = w.workloadId)`,
      { [`labelName${nr}`]: name, [`labelValue${nr}`]: value },
    );
  });
}

function withStatus(
  query: SelectQueryBuilder<WorkloadRow>,
  { status, lostHosts = [] }: WorkloadFilter,
): void {
  if (status === undefined) return;
  const onLostHost = 'w.hostId = ANY(:lostHosts)';
  if (status === 'on-lost-host') {
    query.andWhere('w.status = ANY(:statuses)', { statuses: HOLDING_STATUSES });
    query.andWhere(onLostHost, { lostHosts });
    return;
  }
  query.andWhere('w.status = :status', { status });
  if (HOLDING_STATUSES.some((one) => one === status)) {
    query.andWhere(`NOT (${onLostHost})`, { lostHosts });
  }
}

/** Of these workloads, those that the tenant has and the read model knows. */
export function readWorkloads(
  dataSource: DataSource,
  tenantId: TenantId,
  workloadIds: readonly WorkloadId[],
): Promise<WorkloadRow[]> {
  const query = liveRows(dataSource, WorkloadRow, 'workloads', 'w', tenantId);
  query.andWhere('w.tenantId = :tenantId', { tenantId });
  return query.andWhere('w.workloadId = ANY(:workloadIds)', { workloadIds }).getMany();
}
