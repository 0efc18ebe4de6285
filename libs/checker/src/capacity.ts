import type { CheckMaker } from './check.js';

/**
 * A host never gives away more than it has. What a placement reserves covers what was asked for, with
 * the reserve of the policy in force on top where it is a utility VM.
 */
export const hostsHoldNoMoreThanTheyHave: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    if (recorded.event.type !== 'WorkloadPlaced') return;
    const { hostId, reserved, isolation } = recorded.event.payload;
    const spec = ledger.hosts.get(hostId)?.spec;
    if (spec === undefined) return report(`placed on ${hostId}, which is unknown`, recorded);
    const used = ledger.usedOn(hostId);
    const cpuMillis = used.cpuMillis + reserved.cpuMillis;
    const memoryMiB = used.memoryMiB + reserved.memoryMiB;
    if (cpuMillis > spec.cpuMillis || memoryMiB > spec.memoryMiB) {
      report(
        `${hostId} has ${spec.cpuMillis} cpuMillis and ${spec.memoryMiB} MiB, and holds ${cpuMillis} and ${memoryMiB}`,
        recorded,
      );
    }
    const asked = ledger.workloads.get(recorded.stream as never)?.request.resources;
    const reserve = isolation === 'hyperv' ? ledger.policy?.policy.utilityVmReserve : undefined;
    const cpuNeeded = (asked?.cpuMillis ?? 0) + (reserve?.cpuMillis ?? 0);
    const memoryNeeded = (asked?.memoryMiB ?? 0) + (reserve?.memoryMiB ?? 0);
    if (reserved.cpuMillis < cpuNeeded || reserved.memoryMiB < memoryNeeded) {
      report(
        `reserves ${reserved.cpuMillis} cpuMillis and ${reserved.memoryMiB} MiB, but needs ${cpuNeeded} and ${memoryNeeded}`,
        recorded,
      );
    }
  },
});
