import type { BatchId, TenantId, WorkloadId } from '@bulkhead/domain';
import {
  AlteredContent,
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
 * What was changed beside the log is not copied either: under a new salt it would look like what was sent.
 */
export async function copyTaskContent(
  log: Pick<EventLog, 'readContent'>,
  randomBytes: RandomBytes,
  from: {
    readonly tenantId: TenantId;
    readonly batchId: BatchId;
    readonly index: number;
    /** What the batch says of it. */
    readonly sha256: string;
  },
  workloadId: WorkloadId,
): Promise<TaskContent> {
  const { tenantId, batchId, index, sha256 } = from;
  const part = CONTENT_PARTS.batch.task(index);
  const body = await log.readContent(tenantId, batchId, part, sha256).catch((error: unknown) => {
    if (error instanceof AlteredContent) return null;
    throw error;
  });
  const content = sealContent((body ?? {}) as Readonly<Record<string, unknown>>, randomBytes);
  const rows = contentRows(tenantId, workloadId, CONTENT_PARTS.workload, content);
  return { sha256: content.sha256, rows };
}
