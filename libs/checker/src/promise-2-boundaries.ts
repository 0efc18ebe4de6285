import type { RecordedEvent } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';

/**
 * Promise 2: two workloads share a kernel only inside one trust boundary. What is placed or started
 * carries the boundary that its tenant has at that position, everything that holds a place on a kernel
 * was placed there with the same boundary, and a utility VM's kernel is held by one attempt.
 */
export const sharingStaysInside: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { event } = recorded;
    if (event.type === 'WorkloadPlaced') judgePlacement(report, recorded, ledger);
    if (event.type === 'StartAuthorized') judgeStart(report, recorded, ledger);
  },
});

function judgePlacement(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  if (recorded.event.type !== 'WorkloadPlaced') return;
  const { kernelInstanceId, trustBoundary, isolation } = recorded.event.payload;
  boundaryIsTheTenants(report, recorded, ledger, trustBoundary);
  for (const other of ledger.holdersOf(kernelInstanceId)) {
    if (isolation === 'hyperv' || other.isolation === 'hyperv') {
      report(`${kernelInstanceId} of a utility VM is held by ${other.workloadId} too`, recorded);
    } else if (other.trustBoundary !== trustBoundary) {
      report(
        `${kernelInstanceId} is shared by ${trustBoundary} and ${other.trustBoundary} of ${other.workloadId}`,
        recorded,
      );
    }
  }
}

function judgeStart(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  if (recorded.event.type !== 'StartAuthorized') return;
  const { trustBoundary } = recorded.event.payload;
  boundaryIsTheTenants(report, recorded, ledger, trustBoundary);
  const attempt = ledger.attemptOf(recorded);
  if (attempt?.isolation !== 'process') return;
  if (attempt.trustBoundary !== trustBoundary) {
    report(`a silo placed for ${attempt.trustBoundary} starts for ${trustBoundary}`, recorded);
  }
  const kernel = ledger.kernels.get(attempt.kernelInstanceId);
  if (kernel?.trustBoundary !== attempt.trustBoundary) {
    report(
      `a silo of ${attempt.trustBoundary} starts on ${attempt.kernelInstanceId}, claimed by ${kernel?.trustBoundary ?? 'nobody'}`,
      recorded,
    );
  }
}

function boundaryIsTheTenants(
  report: Report,
  recorded: RecordedEvent,
  ledger: Ledger,
  trustBoundary: string,
): void {
  const tenantId = ledger.workloads.get(recorded.stream as never)?.tenantId ?? recorded.tenant;
  if (tenantId === null) return;
  const held = ledger.tenantOf(tenantId).trustBoundary;
  if (trustBoundary === held) return;
  report(`${recorded.event.type} for ${trustBoundary}, while ${tenantId} is in ${held}`, recorded);
}
