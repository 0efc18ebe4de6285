import {
  type BatchEvent,
  type BatchId,
  type BatchState,
  type BatchStatus,
  type BatchSummary,
  batchDecider,
  type TenantId,
  type TimeMs,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { liveRows } from './live-rows.js';
import { narrowedTo, type Page } from './page.js';
import { projectionOf } from './read-model.js';

@Entity({ schema: 'read', name: 'batches', synchronize: false })
export class BatchRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'batch_id', type: 'text' })
  batchId!: BatchId;
  @Column({ name: 'tenant_id', type: 'text' })
  tenantId!: TenantId;
  @Column({ type: 'text' })
  status!: BatchStatus;
  @Column({ name: 'submitted_at', type: 'timestamptz', precision: 3 })
  submittedAt!: Date;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: BatchState;
}

export const batchesProjection = projectionOf<BatchState, BatchEvent>({
  table: 'batches',
  idColumn: 'batch_id',
  version: 7,
  prefix: 'bat_',
  decider: batchDecider,
  types: {
    BatchSubmitted: true,
    BatchTasksAdded: true,
    BatchTasksFinished: true,
    BatchPaused: true,
    BatchResumed: true,
    BatchCancelRequested: true,
    BatchPredecessorsSucceeded: true,
    BatchDeadlinePassed: true,
    BatchSucceeded: true,
    BatchFailed: true,
    BatchCancelled: true,
    BatchRetried: true,
  },
  columns: [
    { name: 'tenant_id', kind: 'text', value: ({ tenantId }) => tenantId },
    { name: 'status', kind: 'text', value: ({ status }) => status },
    { name: 'submitted_at', kind: 'time', value: ({ submittedAtMs }) => submittedAtMs },
  ],
});

export interface BatchFilter {
  readonly status?: BatchStatus;
  /** From this time on, and before the other one. */
  readonly submittedFromMs?: TimeMs;
  readonly submittedBeforeMs?: TimeMs;
}

export interface ListedBatch {
  readonly batchId: BatchId;
  readonly state: BatchSummary;
}

/** A tenant's batches, newest first. What each of up to 10,000 tasks came to stays in the database. */
export function listBatches(
  dataSource: DataSource,
  tenantId: TenantId,
  filter: BatchFilter,
  page: Page,
): Promise<ListedBatch[]> {
  const query = liveRows(dataSource, BatchRow, 'batches', 'b', tenantId);
  query.andWhere('b.tenantId = :tenantId', { tenantId });
  const { status, submittedFromMs, submittedBeforeMs } = filter;
  if (status !== undefined) query.andWhere('b.status = :status', { status });
  if (submittedFromMs !== undefined) {
    query.andWhere('b.submittedAt >= :from', { from: new Date(submittedFromMs) });
  }
  if (submittedBeforeMs !== undefined) {
    query.andWhere('b.submittedAt < :before', { before: new Date(submittedBeforeMs) });
  }
  query.select('b.batchId', 'batchId').addSelect(`b.state - 'outcomes'`, 'state');
  return narrowedTo(query, 'batchId', page).getRawMany<ListedBatch>();
}
