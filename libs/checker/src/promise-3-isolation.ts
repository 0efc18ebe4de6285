import type { RecordedEvent, WorkloadId, WorkloadPlaced } from '@bulkhead/domain';
import type { CheckMaker, Report } from './check.js';
import { demandOfPolicy, rulesThatKeepPromises, unapprovedAccess } from './demand-of-policy.js';
import type { Ledger, LedgerWorkload } from './ledger.js';
import { siloCanRun } from './silo-compatibility.js';

/**
 * Promise 3: isolation is never weakened: not below the request, not below the policy, not below an
 * earlier decision, and what is placed and started has the isolation that was decided. A strict request
 * for `process` is never raised either: it would have been refused.
 */
export const isolationNeverWeakens: CheckMaker = (report) => ({
  see: (recorded, ledger) => {
    const { event } = recorded;
    if (event.type === 'PolicyPublished') {
      for (const rule of event.payload.policy.rulesOff) {
        if (rulesThatKeepPromises.includes(rule)) {
          report(`policy switches off ${rule}, which keeps a promise`, recorded);
        }
      }
    }
    const workload = ledger.workloads.get(recorded.stream as WorkloadId);
    if (workload === undefined) return;
    if (event.type === 'IsolationDecided') {
      const { isolation } = event.payload.decision;
      judgeWall(report, recorded, workload, isolation, 'decided');
    } else if (event.type === 'WorkloadPlaced') {
      judgePlacement(report, recorded, event, workload, ledger);
    } else if (event.type === 'StartAuthorized') {
      const placed = workload.attempt?.isolation;
      if (placed !== event.payload.isolation) {
        report(`placed as ${placed}, authorized as ${event.payload.isolation}`, recorded);
      }
    }
  },
});

function judgeWall(
  report: Report,
  recorded: RecordedEvent,
  workload: LedgerWorkload,
  isolation: string,
  verb: string,
): void {
  const { isolation: requested, strict } = workload.request;
  if (isolation === 'process') {
    if (requested === 'hyperv') report(`${verb} as process, but hyperv was requested`, recorded);
    if (workload.raised) report(`${verb} as process after it was raised to hyperv`, recorded);
  } else if (strict && requested === 'process') {
    report(`${verb} as hyperv, but process was requested strictly`, recorded);
  }
}

function judgePlacement(
  report: Report,
  recorded: RecordedEvent,
  event: WorkloadPlaced,
  workload: LedgerWorkload,
  ledger: Ledger,
): void {
  const { isolation, hostId } = event.payload;
  judgeWall(report, recorded, workload, isolation, 'placed');
  const decided = workload.decision?.isolation;
  if (decided !== isolation) report(`placed as ${isolation}, decided as ${decided}`, recorded);
  const access = unapprovedAccess(workload, ledger);
  if (access !== null) report(`placed, although ${access} was not approved`, recorded);
  const host = ledger.hosts.get(hostId);
  if (isolation === 'process') {
    const because = demandOfPolicy(workload, ledger);
    if (because !== null) report(`placed as process, although ${because}`, recorded);
    if (host !== undefined && !siloCanRun(host.osVersion, workload.image)) {
      report(`placed as process, although ${hostId} cannot run its image in a silo`, recorded);
    }
  } else if (host?.spec.hypervPresent === false) {
    report(`placed as hyperv on ${hostId}, which has no Hyper-V`, recorded);
  }
}
