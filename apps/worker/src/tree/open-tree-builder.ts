import type { Clock } from '@bulkhead/domain';
import { TreeBuilder } from '@bulkhead/event-store';
import type { Logger } from '../logging.js';
import type { Stores } from '../stores.js';
import type { TreeHeadSettings } from './tree-head-settings.js';

/** The component that grows the log's tree and signs its heads, where it is this worker's turn. */
export function openTreeBuilder(
  { pool, dataSource, leases, listener }: Stores,
  { signer, verifiers, folder }: TreeHeadSettings,
  sources: { readonly clock: Clock; readonly steadyClock: Clock; readonly logger: Logger },
): TreeBuilder {
  const around = { pool, dataSource, leases, listener, ...sources };
  return new TreeBuilder({ ...around, signer, verifiers, headFolder: folder });
}
