import type { RecordedEvent, WorkloadId, WorkloadPlaced } from '@bulkhead/domain';
import type { Ledger, LedgerAttempt, LedgerWorkload } from './ledger.js';

const TERMINAL = new Set([
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
]);

/** Whether nothing may follow this event in its stream. */
export function endsWorkload(recorded: RecordedEvent): boolean {
  return TERMINAL.has(recorded.event.type);
}

/** Writes an event of a workload into the ledger. What cannot be, is left to the checks to report. */
export function recordWorkload(ledger: Ledger, recorded: RecordedEvent): void {
  const { event, recordedAtMs } = recorded;
  const workloadId = recorded.stream as WorkloadId;
  if (event.type === 'WorkloadSubmitted') {
    if (ledger.workloads.has(workloadId)) return;
    const { tenantId, request, image, batch } = event.payload;
    ledger.workloads.set(workloadId, {
      workloadId,
      tenantId,
      request,
      image,
      batch,
      submittedAtMs: recordedAtMs,
      decision: null,
      raised: false,
      cancelRequested: false,
      attempt: null,
    });
    return;
  }
  const workload = ledger.workloads.get(workloadId);
  if (workload === undefined) return;
  if (event.type === 'IsolationDecided') {
    workload.decision = event.payload.decision;
    workload.raised ||= event.payload.decision.isolation === 'hyperv';
  } else if (event.type === 'WorkloadPlaced') {
    place(ledger, workload, recorded, event);
  } else if (event.type === 'WorkloadCancelRequested') {
    workload.cancelRequested = true;
  } else if (endsWorkload(recorded)) {
    ledger.workloads.delete(workloadId);
  } else {
    recordAttempt(ledger, workload, recorded);
  }
}

function recordAttempt(ledger: Ledger, workload: LedgerWorkload, recorded: RecordedEvent): void {
  const { attempt } = workload;
  if (attempt === null) return;
  switch (recorded.event.type) {
    case 'StartAuthorized':
      attempt.authorized = true;
      return;
    case 'ComputeSystemStarted':
      attempt.started = true;
      return;
    case 'ComputeSystemStartFailed':
    case 'ComputeSystemExited':
    case 'ComputeSystemLost':
      attempt.over = true;
      return;
    case 'WorkloadEvicted':
      attempt.evicted = true;
      return;
    case 'WorkloadDeadlineExceeded':
      attempt.deadlineExceeded = true;
      return;
    case 'ComputeSystemReleased':
      release(ledger, attempt);
      workload.attempt = null;
      return;
    default:
      return;
  }
}

function place(
  ledger: Ledger,
  workload: LedgerWorkload,
  { recordedAtMs, position }: RecordedEvent,
  event: WorkloadPlaced,
): void {
  const { payload } = event;
  if (workload.attempt !== null) release(ledger, workload.attempt);
  const attempt: LedgerAttempt = {
    workloadId: workload.workloadId,
    tenantId: workload.tenantId,
    attempt: payload.attempt,
    hostId: payload.hostId,
    kernelInstanceId: payload.kernelInstanceId,
    computeSystemId: payload.computeSystemId,
    isolation: payload.isolation,
    trustBoundary: payload.trustBoundary,
    reserved: payload.reserved,
    placedAtMs: recordedAtMs,
    placedPosition: position,
    authorized: false,
    started: false,
    over: false,
    evicted: false,
    deadlineExceeded: false,
  };
  workload.attempt = attempt;
  const holders = ledger.holders.get(attempt.kernelInstanceId) ?? new Set();
  ledger.holders.set(attempt.kernelInstanceId, holders.add(attempt));
  changeUse(ledger, attempt, 1);
}

function release(ledger: Ledger, attempt: LedgerAttempt): void {
  const holders = ledger.holders.get(attempt.kernelInstanceId);
  holders?.delete(attempt);
  if (holders?.size === 0) ledger.holders.delete(attempt.kernelInstanceId);
  changeUse(ledger, attempt, -1);
}

function changeUse(ledger: Ledger, { hostId, reserved }: LedgerAttempt, sign: 1 | -1): void {
  const { cpuMillis, memoryMiB } = ledger.usedOn(hostId);
  ledger.used.set(hostId, {
    cpuMillis: cpuMillis + sign * reserved.cpuMillis,
    memoryMiB: memoryMiB + sign * reserved.memoryMiB,
  });
}
