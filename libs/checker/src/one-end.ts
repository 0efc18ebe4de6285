import type { WorkloadId } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';
import { endsWorkload } from './record-workload.js';

/**
 * Every workload reaches exactly one terminal event, nothing follows it, and it comes only when the
 * attempt's compute system is known to be gone. A stream begins with its submission, which is never
 * without a decision: the next event is IsolationDecided or WorkloadRejected.
 */
export const everyWorkloadEndsOnce: CheckMaker = (report, { mustBeFinished }) => {
  const ended = new Set<WorkloadId>();
  const undecided = new Set<WorkloadId>();
  return {
    see: (recorded, ledger) => {
      if (!recorded.stream.startsWith('wl_')) return;
      const { event } = recorded;
      const workloadId = recorded.stream as WorkloadId;
      if (ended.has(workloadId)) report(`${event.type} follows the workload's end`, recorded);
      const workload = ledger.workloads.get(workloadId);
      if (event.type === 'WorkloadSubmitted') {
        if (workload !== undefined) report('submitted twice', recorded);
        undecided.add(workloadId);
        return;
      }
      if (workload === undefined && !ended.has(workloadId)) {
        report(`${event.type} of a workload that was not submitted`, recorded);
      }
      const decides = event.type === 'IsolationDecided' || event.type === 'WorkloadRejected';
      if (undecided.delete(workloadId) && !decides) {
        report(`${event.type} follows the submission, which has no decision`, recorded);
      }
      if (!endsWorkload(recorded)) return;
      ended.add(workloadId);
      const held = workload?.attempt?.computeSystemId;
      if (held !== undefined) report(`${event.type} while ${held} is not released`, recorded);
    },
    finish: (ledger) => {
      for (const workloadId of undecided) report(`${workloadId} was submitted without a decision`);
      if (!mustBeFinished) return;
      for (const workloadId of ledger.workloads.keys()) report(`${workloadId} has not ended`);
    },
  };
};
