import type { HostId, IncidentReported } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';
import type { LedgerHost } from './ledger.js';

/**
 * An incident leads to quarantine: its host is in quarantine already, has left the fleet, or is put there
 * by the next event, which stands in the same append. It says itself which of these it was.
 */
export const incidentsLeadToQuarantine: CheckMaker = (report) => {
  let awaited: HostId | null = null;
  return {
    see: (recorded, ledger) => {
      const { event, stream } = recorded;
      if (awaited !== null && (event.type !== 'HostQuarantined' || stream !== awaited)) {
        report(`the incident before this did not put ${awaited} in quarantine`, recorded);
      }
      awaited = null;
      if (event.type !== 'IncidentReported') return;
      const { hostId, quarantine } = event.payload;
      const host = ledger.hosts.get(hostId);
      if (host === undefined) {
        report(`an incident on ${hostId}, unknown`, recorded);
        return;
      }
      const wrong = contradiction(quarantine, host);
      if (wrong !== null) report(`the incident says that ${hostId} ${wrong}`, recorded);
      const isOpen = !host.quarantined && host.condition !== 'retired';
      if (isOpen || quarantine === 'tightened') awaited = hostId;
    },
    finish: () => {
      if (awaited !== null) report(`the last incident did not put ${awaited} in quarantine`);
    },
  };
};

/** What the incident says of its host, where the log says otherwise. */
function contradiction(
  effect: IncidentReported['payload']['quarantine'],
  { quarantined, condition }: LedgerHost,
): string | null {
  const isRetired = condition === 'retired';
  switch (effect) {
    case 'began':
      return quarantined || isRetired ? 'was put in quarantine, which it could not be' : null;
    case 'tightened':
    case 'stood':
      return quarantined && !isRetired ? null : 'was in quarantine already';
    case 'host-retired':
      return isRetired ? null : 'had left the fleet';
    case 'unrecorded':
      return null;
  }
}
