import type { HostId } from '@bulkhead/domain';
import { listHosts } from '@bulkhead/event-store';
import type { ReadModels } from '../read-models.js';

/** More lost hosts than this are not looked at; a list may trail in any case. */
const LOST_HOSTS_MAX = 5_000;

/** The hosts that the read model has as lost: of what holds a place there, nobody knows whether it runs. */
export async function lostHosts(readModels: ReadModels): Promise<ReadonlySet<HostId>> {
  const lost = await listHosts(readModels, { status: 'lost' }, { limit: LOST_HOSTS_MAX });
  return new Set(lost.map(({ hostId }) => hostId));
}
