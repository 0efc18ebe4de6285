import type { RecordedEvent, TenantId, WorkloadId } from '@bulkhead/domain';
import type { Report } from './check.js';
import type { Ledger } from './ledger.js';

interface Submitted {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly priority: number;
}

/** Whether those who had to give way did so to a workload that waited, was more urgent, and was allowed to by policy. */
export class Preempted {
  private readonly submissions = new Map<number, Submitted>();
  private readonly positions = new Map<WorkloadId, number>();

  constructor(private readonly report: Report) {}

  see({ event, position }: RecordedEvent, ledger: Ledger): void {
    if (event.type === 'WorkloadSubmitted') {
      const { workloadId, tenantId, request } = event.payload;
      this.submissions.set(position, { workloadId, tenantId, priority: request.priority });
      this.positions.set(workloadId, position);
    } else if (this.positions.size > ledger.workloads.size + ENDED_KEPT_MAX) {
      this.forget(ledger);
    }
  }

  judge(recorded: RecordedEvent, causedByPosition: number, ledger: Ledger): void {
    const { report } = this;
    const victim = ledger.workloads.get(recorded.stream as WorkloadId);
    const by = this.submissions.get(causedByPosition);
    if (by === undefined || victim === undefined) {
      report(`gave way because of position ${causedByPosition}, which submitted nothing`, recorded);
      return;
    }
    const { preemption } = ledger.policy?.policy ?? {};
    const { request, tenantId } = victim;
    if (preemption?.fromPriority == null) {
      report(`gave way to ${by.workloadId}, although policy lets nobody displace others`, recorded);
    } else if (by.tenantId !== tenantId && !preemption.otherTenants) {
      report(`gave way to ${by.workloadId} of another tenant, against policy`, recorded);
    }
    if (by.priority > request.priority) return;
    const priorities = `${by.priority}, not above ${request.priority}`;
    report(`gave way to ${by.workloadId} of priority ${priorities}`, recorded);
  }

  /** Workloads that have ended displace nobody. */
  private forget(ledger: Ledger): void {
    for (const [workloadId, position] of this.positions) {
      if (ledger.workloads.has(workloadId)) continue;
      this.positions.delete(workloadId);
      this.submissions.delete(position);
    }
  }
}

/** So many are remembered beyond their end before they are looked for. */
const ENDED_KEPT_MAX = 1_000;
