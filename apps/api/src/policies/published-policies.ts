import type { PolicyPublished } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';

/** Every version, oldest first: operators publish few. */
export async function publishedPolicies(
  log: Pick<EventLog, 'readStream'>,
): Promise<readonly PolicyPublished[]> {
  const recorded = await log.readStream(null, 'policy');
  return recorded.flatMap(({ event }) => (event.type === 'PolicyPublished' ? [event] : []));
}
