import type { BatchId, TenantId, WorkloadId } from '@bulkhead/domain';
import {
  CONTENT_PARTS,
  type ContentRow,
  contentRows,
  type EventLog,
  type RandomBytes,
  sealContent,
} from '@bulkhead/event-store';

export interface TaskContent {
  readonly sha256: string;
  readonly rows: readonly ContentRow[];
}

/**
 * The content of a task, as its workload keeps it: a copy under a salt of its own, so that erasing the
 * one says nothing about the other. A task without content has a hash all the same; whether it had any
 * stands in its request, which its workload takes over, so that nothing runs in place of what was erased.
 */
export async function copyTaskContent(
  log: Pick<EventLog, 'readContent'>,
  randomBytes: RandomBytes,
  from: { readonly tenantId: TenantId; readonly batchId: BatchId; readonly index: number },
  workloadId: WorkloadId,
): Promise<TaskContent> {
  const { tenantId, batchId, index } = from;
  const body = await log.readContent(tenantId, batchId, CONTENT_PARTS.batch.task(index));
  const content = sealContent((body ?? {}) as Readonly<Record<string, unknown>>, randomBytes);
  const rows = contentRows(tenantId, workloadId, CONTENT_PARTS.workload, content);
  return { sha256: content.sha256, rows };
}
