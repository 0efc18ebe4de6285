import type { HostId, RecordedEvent } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';

/**
 * Nothing is placed on a host that is cordoned, draining, in quarantine, lost, fenced, retired, not booted, about
 * to boot anew or of another architecture; nothing starts on one that is not up, in quarantine, or has booted since the placement, which its
 * capacity and kernel were of; in quarantine nothing is released but by a fence; and a host is called empty, boots anew for its kernel or leaves the
 * fleet only when nothing holds a place there.
 */
export const placementsOnOpenHosts: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { type } = recorded.event;
    if (type === 'HostDrained' || type === 'HostRebootRequested' || type === 'HostRetired') {
      const holders = holdersOn(ledger, recorded.stream as HostId);
      if (holders > 0) report(`${type}, but ${holders} attempts hold places there`, recorded);
    }
    if (type === 'StartAuthorized') judgeStart(report, recorded, ledger);
    if (type === 'ComputeSystemReleased') judgeRelease(report, recorded, ledger);
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

function judgeStart(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const attempt = ledger.attemptOf(recorded);
  const host = attempt === null ? undefined : ledger.hosts.get(attempt.hostId);
  if (attempt === null || host === undefined) return;
  const start = `a start on ${attempt.hostId}, which`;
  if (host.quarantined) report(`${start} is in quarantine`, recorded);
  if (host.condition !== 'up') report(`${start} is ${host.condition}`, recorded);
  else if (host.bootedPosition > attempt.placedPosition) {
    report(`${start} has booted since the placement at ${attempt.placedPosition}`, recorded);
  }
}

function judgeRelease(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const { hostId } = ledger.attemptOf(recorded) ?? {};
  const host = hostId === undefined ? undefined : ledger.hosts.get(hostId);
  if (host?.quarantined !== true || host.condition === 'fenced') return;
  report(`evidence on ${hostId} was released, which is in quarantine`, recorded);
}

function holdersOn(ledger: Ledger, hostId: HostId): number {
  let holders = 0;
  for (const { attempt } of ledger.workloads.values()) if (attempt?.hostId === hostId) holders += 1;
  return holders;
}
