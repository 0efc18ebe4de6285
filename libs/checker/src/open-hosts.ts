import type { CheckMaker } from './check.js';

/** Nothing is placed on a host that is cordoned, lost, fenced, not booted or of another architecture. */
export const placementsOnOpenHosts: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    if (recorded.event.type !== 'WorkloadPlaced') return;
    const { hostId } = recorded.event.payload;
    const host = ledger.hosts.get(hostId);
    if (host === undefined) return report(`placed on ${hostId}, which is unknown`, recorded);
    if (host.condition !== 'up')
      report(`placed on ${hostId}, which is ${host.condition}`, recorded);
    if (host.cordoned) report(`placed on ${hostId}, which is cordoned`, recorded);
    const wanted = ledger.workloads.get(recorded.stream as never)?.image.architecture;
    if (wanted !== undefined && wanted !== host.spec.architecture) {
      report(`an image for ${wanted} was placed on ${hostId}`, recorded);
    }
  },
});
