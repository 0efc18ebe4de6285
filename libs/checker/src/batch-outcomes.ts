import type { WorkloadId } from '@bulkhead/domain';
import type { CheckMaker } from './check.js';
import { endsWorkload } from './record-workload.js';

const outcomes: Readonly<Record<string, string>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

/** What a batch says of its tasks is what the log says of them: each ended, once, and so. */
export const batchesTellTheTruth: CheckMaker = (report) => {
  /** Ends of tasks that their batch has not reported yet. */
  const unreported = new Map<WorkloadId, string>();
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      const workloadId = recorded.stream as WorkloadId;
      if (endsWorkload(recorded) && ledger.workloads.get(workloadId)?.batch != null) {
        unreported.set(workloadId, outcomes[event.type] ?? 'unknown');
      }
      if (event.type !== 'BatchTasksFinished') return;
      for (const { workloadId: task, outcome } of event.payload.tasks) {
        const ended = unreported.get(task) ?? 'not ended';
        if (ended !== outcome) report(`${task} is told as ${outcome}, but is ${ended}`, recorded);
        unreported.delete(task);
      }
    },
  };
};
