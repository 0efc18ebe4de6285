import type { KernelInstanceId, RecordedEvent } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';

/**
 * A kernel instance has one life and at most one boundary in it. A host's kernel is the one of its newest
 * boot, and is held by silos of the boundary that claimed it; a utility VM has a kernel of its own.
 */
export const kernelsHaveOneBoundary: CheckMaker = (report) => {
  const ended = new Set<KernelInstanceId>();
  const ofUtilityVms = new Set<KernelInstanceId>();
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      const stream = recorded.stream as KernelInstanceId;
      if (event.type === 'WorkloadPlaced') {
        const { kernelInstanceId, isolation } = event.payload;
        if (ended.has(kernelInstanceId)) {
          report(`placed on ${kernelInstanceId}, which has ended`, recorded);
        }
        if (ofUtilityVms.has(kernelInstanceId)) {
          report(`${kernelInstanceId} was the kernel of a utility VM before`, recorded);
        }
        if (isolation === 'hyperv') ofUtilityVms.add(kernelInstanceId);
        judgePlacement(report, recorded, ledger);
      }
      if (!event.type.startsWith('Kernel')) return;
      if (ended.has(stream)) report(`${event.type} after the kernel's end`, recorded);
      if (event.type === 'KernelStarted') {
        const { kind } = event.payload;
        if (ledger.kernels.has(stream)) report('the kernel started twice', recorded);
        if (ofUtilityVms.has(stream) !== (kind === 'utility-vm')) {
          report(`the kernel of a ${kind} was placed as another kind`, recorded);
        }
      } else if (event.type === 'KernelClaimed') {
        judgeClaim(report, recorded, ledger);
      } else {
        ended.add(stream);
      }
    },
    finish: (ledger) => {
      for (const [kernelInstanceId, kernel] of ledger.kernels) {
        const held = ledger.holdersOf(kernelInstanceId).size > 0;
        if (kernel.kind === 'utility-vm' && !held) {
          report(`the utility VM of ${kernelInstanceId} was released, its kernel goes on`);
        }
      }
    },
  };
};

function judgePlacement(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  if (recorded.event.type !== 'WorkloadPlaced') return;
  const { kernelInstanceId, isolation, hostId, trustBoundary } = recorded.event.payload;
  const current = ledger.hosts.get(hostId)?.kernelInstanceId;
  if (isolation === 'hyperv') {
    const known = ledger.kernels.has(kernelInstanceId);
    if (known) report(`a utility VM was given ${kernelInstanceId}, which exists`, recorded);
    return;
  }
  if (kernelInstanceId !== current) {
    report(`a silo was placed on ${kernelInstanceId}, ${hostId} runs ${current}`, recorded);
  }
  const owner = ledger.kernels.get(kernelInstanceId)?.trustBoundary ?? null;
  if (owner !== null && owner !== trustBoundary) {
    report(`a silo of ${trustBoundary} was placed on a kernel of ${owner}`, recorded);
  }
}

function judgeClaim(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  if (recorded.event.type !== 'KernelClaimed') return;
  const kernelInstanceId = recorded.stream as KernelInstanceId;
  const { trustBoundary } = recorded.event.payload;
  const kernel = ledger.kernels.get(kernelInstanceId);
  if (kernel === undefined) report('a kernel was claimed that had not started', recorded);
  else if (kernel.trustBoundary !== null) {
    report(`claimed by ${trustBoundary}, but it belongs to ${kernel.trustBoundary}`, recorded);
  }
  for (const holder of ledger.holdersOf(kernelInstanceId)) {
    if (holder.trustBoundary !== trustBoundary) {
      report(`claimed by ${trustBoundary}, held by ${holder.trustBoundary}`, recorded);
    }
  }
}
