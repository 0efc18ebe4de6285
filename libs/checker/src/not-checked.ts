import type { HostId } from '@bulkhead/domain';
import type { CheckOptions } from './check.js';
import type { Ledger } from './ledger.js';

/** What a report does not prove, in sentences, so that silence is never taken for a proof. */
export function unchecked(
  ledger: Ledger,
  options: CheckOptions,
  journalHosts: ReadonlySet<HostId>,
): string[] {
  const sentences = [
    'Promise 4 (no answered success is lost) needs the answers that callers got.',
    'Promises 6 to 8 (tamper evidence, tenancy, replay) are proved elsewhere; here only that positions are dense and streams fold.',
  ];
  const without = [...ledger.hosts.keys()].filter((hostId) => !journalHosts.has(hostId));
  if (journalHosts.size === 0 && ledger.hosts.size > 0) {
    sentences.push(
      'Promise 5 was checked by the log alone: without journals nothing shows what the hosts really ran.',
    );
  } else if (without.length > 0) {
    sentences.push(
      `Promise 5 was checked by the log alone for ${without.length} of ${ledger.hosts.size} hosts, whose journals were not given: ${without.join(', ')}.`,
    );
  }
  if (!options.mustBeFinished && ledger.workloads.size > 0) {
    sentences.push(
      `Workloads that have not ended: ${ledger.workloads.size}; that they reach an end was not checked.`,
    );
  }
  return sentences;
}
