import type { BatchId, TenantId } from '@bulkhead/domain';
import { CONTENT_PARTS, type EventLog } from '@bulkhead/event-store';

/** The names of batches, in the order asked for; null where one was erased. */
export async function batchNames(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  batches: readonly BatchId[],
): Promise<readonly (string | null)[]> {
  const contents = await log.readContents(
    tenantId,
    batches.map((stream) => ({ stream, part: CONTENT_PARTS.batch.name })),
  );
  return contents.map((content) => (content as { name?: string } | null)?.name ?? null);
}
