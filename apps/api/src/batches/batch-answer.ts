import type { TenantId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import type { Answer } from '../idempotency/idempotency.js';
import type { BatchView } from './batch.schema.js';
import { batchNames } from './batch-names.js';

/** As it is kept for repetitions: content that stood in an answer, too, would outlive its erasure. */
export function withoutContent(body: BatchView): BatchView {
  return { ...body, name: null };
}

/** A repetition reads what was not kept where it belongs; null where it was erased meanwhile. */
export async function withContent(
  log: Pick<EventLog, 'readContents'>,
  tenantId: TenantId,
  answer: Answer<BatchView>,
): Promise<Answer<BatchView>> {
  if (!answer.replayed) return answer;
  const { body } = answer;
  const [name = null] = await batchNames(log, tenantId, [body.id as `bat_${string}`]);
  return { ...answer, body: { ...body, name } };
}
