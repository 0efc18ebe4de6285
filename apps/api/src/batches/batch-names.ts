import type { BatchId, TenantId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';

/** The part of a batch's content that holds its name; those of its tasks follow. */
export const NAME_PART = 0;

/** The names of batches, in the order asked for; null where one was erased. */
export async function batchNames(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  batches: readonly BatchId[],
): Promise<readonly (string | null)[]> {
  const contents = await log.readContents(
    tenantId,
    batches.map((stream) => ({ stream, part: NAME_PART })),
  );
  return contents.map((content) => (content as { name?: string } | null)?.name ?? null);
}
