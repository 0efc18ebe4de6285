import { createHash } from 'node:crypto';
import type { BatchId, TenantId, WorkloadId } from '@bulkhead/domain';
import type { ContentRow, EventLog } from '@bulkhead/event-store';
import canonicalize from 'canonicalize';

/** That many random bytes. */
export type RandomBytes = (count: number) => Buffer;

const SALT_BYTES = 32;

/** Part 0 of a batch's content is its name; the tasks follow. */
export const FIRST_TASK_PART = 1;

export interface TaskContent {
  readonly sha256: string;
  readonly rows: readonly ContentRow[];
}

/**
 * The content of a task, as its workload keeps it: a copy under a salt of its own, so that erasing the
 * one says nothing about the other. A task without content has a hash all the same.
 */
export async function copyTaskContent(
  log: Pick<EventLog, 'readContent'>,
  randomBytes: RandomBytes,
  from: { readonly tenantId: TenantId; readonly batchId: BatchId; readonly index: number },
  workloadId: WorkloadId,
): Promise<TaskContent> {
  const { tenantId, batchId, index } = from;
  const body = await log.readContent(tenantId, batchId, index + FIRST_TASK_PART);
  return sealed(randomBytes, body, { tenant: tenantId, stream: workloadId, part: 0 });
}

/** Content under a salt of its own; without any there is a hash and nothing to keep. */
export function sealed(
  randomBytes: RandomBytes,
  body: unknown,
  where: Pick<ContentRow, 'tenant' | 'stream' | 'part'>,
): TaskContent {
  const salt = randomBytes(SALT_BYTES);
  const text = canonicalize(body ?? {}) ?? '';
  const sha256 = createHash('sha256').update(salt).update(text).digest('hex');
  if (body === null) return { sha256, rows: [] };
  return { sha256, rows: [{ ...where, saltHex: salt.toString('hex'), body }] };
}
