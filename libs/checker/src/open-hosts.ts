import type { HostId, RecordedEvent } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';

/**
 * Nothing is placed on a host that is cordoned, draining, in quarantine, lost, fenced, retired, not booted, about
 * to boot anew or of another architecture; in quarantine nothing starts, and nothing is released but by a fence; and a host is called empty, boots
 * anew for its kernel or leaves the fleet only when nothing holds a place there.
 */
export const placementsOnOpenHosts: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { type } = recorded.event;
    if (type === 'HostDrained' || type === 'HostRebootRequested' || type === 'HostRetired') {
      const holders = holdersOn(ledger, recorded.stream as HostId);
      if (holders > 0) report(`${type}, but ${holders} attempts hold places there`, recorded);
    }
    judgeQuarantine(report, recorded, ledger);
    if (recorded.event.type !== 'WorkloadPlaced') return;
    const { hostId } = recorded.event.payload;
    const host = ledger.hosts.get(hostId);
    if (host === undefined) return report(`placed on ${hostId}, which is unknown`, recorded);
    if (host.condition !== 'up')
      report(`placed on ${hostId}, which is ${host.condition}`, recorded);
    if (host.cordoned) report(`placed on ${hostId}, which is cordoned`, recorded);
    if (host.quarantined) report(`placed on ${hostId}, which is in quarantine`, recorded);
    if (host.rebooting) report(`placed on ${hostId}, which is to boot anew`, recorded);
    if (host.draining) report(`placed on ${hostId}, which is draining`, recorded);
    const wanted = ledger.workloads.get(recorded.stream as never)?.image.architecture;
    if (wanted !== undefined && wanted !== host.spec.architecture) {
      report(`an image for ${wanted} was placed on ${hostId}`, recorded);
    }
  },
});

function judgeQuarantine(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const { type } = recorded.event;
  if (type !== 'StartAuthorized' && type !== 'ComputeSystemReleased') return;
  const { hostId } = ledger.attemptOf(recorded) ?? {};
  const host = hostId === undefined ? undefined : ledger.hosts.get(hostId);
  if (host?.quarantined !== true) return;
  if (type === 'StartAuthorized') report(`a start on ${hostId}, which is in quarantine`, recorded);
  else if (host.condition !== 'fenced') {
    report(`evidence on ${hostId} was released, which is in quarantine`, recorded);
  }
}

function holdersOn(ledger: Ledger, hostId: HostId): number {
  let holders = 0;
  for (const { attempt } of ledger.workloads.values()) if (attempt?.hostId === hostId) holders += 1;
  return holders;
}
