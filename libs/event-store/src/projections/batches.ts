import {
  type BatchEvent,
  type BatchId,
  type BatchState,
  type BatchStatus,
  batchDecider,
  type TenantId,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { liveRows } from './live-rows.js';
import { onPage, type Page } from './page.js';
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
  version: 3,
  prefix: 'bat_',
  decider: batchDecider,
  types: {
    BatchSubmitted: true,
    BatchTasksAdded: true,
    BatchTasksFinished: true,
    BatchPaused: true,
    BatchResumed: true,
    BatchCancelRequested: true,
    BatchSucceeded: true,
    BatchFailed: true,
    BatchCancelled: true,
  },
  columns: [
    { name: 'tenant_id', kind: 'text', value: ({ tenantId }) => tenantId },
    { name: 'status', kind: 'text', value: ({ status }) => status },
    { name: 'submitted_at', kind: 'time', value: ({ submittedAtMs }) => submittedAtMs },
  ],
});

/** A tenant's batches, newest first. */
export function listBatches(
  dataSource: DataSource,
  tenantId: TenantId,
  filter: { readonly status?: BatchStatus },
  page: Page,
): Promise<BatchRow[]> {
  const query = liveRows(dataSource, BatchRow, 'batches', 'b', tenantId);
  query.andWhere('b.tenantId = :tenantId', { tenantId });
  if (filter.status !== undefined) query.andWhere('b.status = :status', filter);
  return onPage(query, 'batchId', page);
}
