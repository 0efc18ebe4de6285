import type { ComputeSystemId, RecordedEvent, WorkloadId } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import type { Ledger } from './ledger.js';

/**
 * Promise 5 as far as the log alone shows it: no effect without its event first, and no workload twice at
 * once. A compute system id is used once, an attempt is placed only when the one before is gone, starts
 * only once authorized, and is not authorized while it is being stopped.
 */
export const runsOnceAtATime: CheckMaker = (report) => {
  const spent = new Set<ComputeSystemId>();
  return {
    see: (recorded, ledger) => {
      const { event } = recorded;
      if (event.type === 'WorkloadPlaced') {
        const { computeSystemId } = event.payload;
        if (spent.has(computeSystemId)) report(`${computeSystemId} was used before`, recorded);
        spent.add(computeSystemId);
        judgeAttemptBefore(report, recorded, ledger);
      } else if (event.type === 'StartAuthorized') {
        judgeStart(report, recorded, ledger);
      }
      judgeReport(report, recorded, ledger);
    },
  };
};

function judgeAttemptBefore(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const held = ledger.attemptOf(recorded);
  if (held === null) return;
  report(`placed again while ${held.computeSystemId} was not released`, recorded);
}

function judgeStart(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const attempt = ledger.attemptOf(recorded);
  const workload = ledger.workloads.get(recorded.stream as WorkloadId);
  const stopped = attempt?.evicted || attempt?.deadlineExceeded || workload?.cancelRequested;
  if (stopped) report('authorized although it is being stopped', recorded);
  if (attempt?.started || attempt?.over) report('authorized after it had started', recorded);
}

const NEEDS_AUTHORIZATION = new Set([
  'ImagePulled',
  'UtilityVmBooted',
  'ComputeSystemCreated',
  'NetworkAttached',
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
]);

/** What a host reports of a compute system is of the attempt that holds the place, and was permitted. */
function judgeReport(report: Report, recorded: RecordedEvent, ledger: Ledger): void {
  const { event } = recorded;
  if (event.type === 'WorkloadPlaced' || !('computeSystemId' in event.payload)) return;
  if (!recorded.stream.startsWith('wl_') || event.type === 'AttemptFailed') return;
  const attempt = ledger.attemptOf(recorded);
  const { computeSystemId } = event.payload;
  if (attempt?.computeSystemId !== computeSystemId) {
    report(`${event.type} of ${computeSystemId}, which holds no place`, recorded);
  } else if (NEEDS_AUTHORIZATION.has(event.type) && !attempt.authorized) {
    report(`${event.type} of ${computeSystemId}, whose start was not authorized`, recorded);
  }
}
