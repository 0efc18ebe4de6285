import type { NewerEvents } from '../newer-events.js';
import { isHostLease } from './fences.js';
import type { Duties, LeaseTable } from './lease-keeper.js';

/**
 * A process that stands back gives up everything but its hosts, and those as soon as another process has
 * the lease that only an abler one takes: a host that nobody keeps in touch with ends what runs there.
 */
export function dutiesWhile(
  newer: Pick<NewerEvents, 'standsBack'>,
  table: Pick<LeaseTable, 'isHeldElsewhere'>,
  leadersLease: string,
): Duties {
  return async (wanted) => {
    if (!newer.standsBack) return wanted;
    if (await table.isHeldElsewhere(leadersLease)) return [];
    return wanted.filter(isHostLease);
  };
}
