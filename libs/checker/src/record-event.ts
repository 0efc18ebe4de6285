import type { RecordedEvent } from '@bulkhead/domain';
import type { Ledger } from './ledger.js';
import { recordPlatform } from './record-platform.js';
import { recordWorkload } from './record-workload.js';

/** Writes one event into the ledger, after every check has seen it. */
export function recordEvent(ledger: Ledger, recorded: RecordedEvent): void {
  ledger.position = recorded.position;
  ledger.recordedAtMs = Math.max(ledger.recordedAtMs, recorded.recordedAtMs);
  if (recorded.stream.startsWith('wl_')) recordWorkload(ledger, recorded);
  else recordPlatform(ledger, recorded);
}
