import type { HostId } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';

/**
 * An incident leads to quarantine: its host is in quarantine already, has left the fleet, or is put there
 * by the next event, which stands in the same append.
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
      const host = ledger.hosts.get(event.payload.hostId);
      if (host === undefined) report(`an incident on ${event.payload.hostId}, unknown`, recorded);
      else if (!host.quarantined && host.condition !== 'retired') awaited = event.payload.hostId;
    },
    finish: () => {
      if (awaited !== null) report(`the last incident did not put ${awaited} in quarantine`);
    },
  };
};
