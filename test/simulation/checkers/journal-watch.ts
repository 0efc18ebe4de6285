import type {
  ComputeSystemId,
  HostId,
  RecordedEvent,
  TrustBoundary,
  WorkloadId,
} from '@bulkhead/domain';
import type { JournalEntry } from '@bulkhead/hypervisor/simulated';

interface Running {
  readonly computeSystemId: ComputeSystemId;
  readonly hostId: HostId;
  readonly isSilo: boolean;
  readonly trustBoundary: TrustBoundary | null;
}

/**
 * What runs on the machines themselves, whatever the log believes: nothing without its event first, nothing that
 * was released, no workload twice at the same time, and no two boundaries on one host's kernel.
 */
export class JournalWatch {
  /** Position of every permission to start, with what it permits. */
  private readonly permitted = new Map<number, ComputeSystemId>();
  /** By compute system, the position that says it is gone for good. */
  private readonly released = new Map<ComputeSystemId, number>();
  private readonly boundaries = new Map<ComputeSystemId, TrustBoundary>();
  private readonly running = new Map<WorkloadId, Running>();

  see({ position, event }: RecordedEvent): void {
    if (event.type === 'WorkloadPlaced') {
      this.boundaries.set(event.payload.computeSystemId, event.payload.trustBoundary);
    } else if (event.type === 'StartAuthorized') {
      this.permitted.set(position, event.payload.computeSystemId);
    } else if (event.type === 'ComputeSystemReleased') {
      this.released.set(event.payload.computeSystemId, position);
    }
  }

  /** What the line says that must not be; null where it may. */
  broken(hostId: HostId, entry: JournalEntry): string | null {
    const { kind, computeSystemId, workloadId } = entry;
    if (kind === 'boot') this.poweredOff(hostId);
    if (workloadId === undefined || computeSystemId === undefined) return null;
    if (kind === 'exit' || kind === 'start-failed') {
      if (this.running.get(workloadId)?.computeSystemId === computeSystemId) {
        this.running.delete(workloadId);
      }
      return null;
    }
    return kind === 'start' ? this.started(hostId, workloadId, computeSystemId, entry) : null;
  }

  poweredOff(hostId: HostId): void {
    for (const [workloadId, running] of this.running) {
      if (running.hostId === hostId) this.running.delete(workloadId);
    }
  }

  private started(
    hostId: HostId,
    workloadId: WorkloadId,
    computeSystemId: ComputeSystemId,
    { fence, isolation }: JournalEntry,
  ): string | null {
    if (this.permitted.get(fence?.cause ?? 0) !== computeSystemId) {
      return `event-first: ${hostId} starts ${computeSystemId}, which position ${fence?.cause} does not permit`;
    }
    const releasedAt = this.released.get(computeSystemId);
    if (releasedAt !== undefined) {
      return `released-is-over: ${hostId} starts ${computeSystemId}, which is released since ${releasedAt}`;
    }
    const other = this.running.get(workloadId);
    if (other !== undefined) {
      return `once-at-a-time: ${workloadId} starts as ${computeSystemId} on ${hostId} while ${other.computeSystemId} runs on ${other.hostId}`;
    }
    const isSilo = isolation === 'process';
    const trustBoundary = this.boundaries.get(computeSystemId) ?? null;
    const shares = isSilo ? this.stranger(hostId, trustBoundary) : null;
    this.running.set(workloadId, { computeSystemId, hostId, isSilo, trustBoundary });
    if (shares === null) return null;
    return `own-kernel: ${computeSystemId} of ${trustBoundary} starts on the kernel of ${hostId}, where ${shares.computeSystemId} of ${shares.trustBoundary} runs`;
  }

  private stranger(hostId: HostId, trustBoundary: TrustBoundary | null): Running | null {
    for (const running of this.running.values()) {
      const isNeighbour = running.hostId === hostId && running.isSilo;
      if (isNeighbour && running.trustBoundary !== trustBoundary) return running;
    }
    return null;
  }
}
