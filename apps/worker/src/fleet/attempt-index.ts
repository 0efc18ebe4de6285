import type {
  ComputeSystemId,
  HostId,
  RecordedEvent,
  TenantId,
  TimeMs,
  WorkloadEvent,
  WorkloadId,
} from '@bulkhead/domain';

/** An attempt that holds a place, with the positions that the fold of its workload does not keep. */
export interface TrackedAttempt {
  readonly computeSystemId: ComputeSystemId;
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly hostId: HostId;
  readonly placedPosition: number;
  /** The newest event of this attempt, and when the log learned of it. */
  readonly movedPosition: number;
  readonly movedAtMs: TimeMs;
  /** When the log learned of its start: its run-time limit counts from here, not from the host's clock. */
  readonly startedAtMs: TimeMs | null;
  /** The event that asked for its stop; null while nobody did. */
  readonly stopPosition: number | null;
  /** When the log learned of that. */
  readonly stopAskedAtMs: TimeMs | null;
}

/** How many released ones are remembered, to name the event that permits removing what a host still has. */
export const RELEASED_KEPT = 50_000;

const stopTypes: ReadonlySet<string> = new Set([
  'WorkloadCancelRequested',
  'WorkloadEvicted',
  'WorkloadDeadlineExceeded',
]);

/** What ends a start, or an attempt before it. */
const startEnds: ReadonlySet<string> = new Set([
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
]);

const none: ReadonlySet<ComputeSystemId> = new Set();

/** Finds attempts by compute system and by host; folded from the log beside the fleet. */
export class AttemptIndex {
  private readonly tracked = new Map<ComputeSystemId, TrackedAttempt>();
  private readonly ofWorkload = new Map<WorkloadId, ComputeSystemId>();
  private readonly onHost = new Map<HostId, Set<ComputeSystemId>>();
  private readonly placed = new Map<HostId, Set<ComputeSystemId>>();
  private readonly starting = new Map<HostId, Set<ComputeSystemId>>();
  private readonly released = new Map<ComputeSystemId, number>();

  get(computeSystemId: ComputeSystemId): TrackedAttempt | null {
    return this.tracked.get(computeSystemId) ?? null;
  }

  on(hostId: HostId): TrackedAttempt[] {
    const ids = this.onHost.get(hostId) ?? [];
    return [...ids].flatMap((id) => this.tracked.get(id) ?? []);
  }

  /** What is placed on a host and not authorized to start yet, in the order of placement. */
  placedOn(hostId: HostId): ReadonlySet<ComputeSystemId> {
    return this.placed.get(hostId) ?? none;
  }

  /** What was authorized to start on a host, and has neither started nor failed to. */
  startingOn(hostId: HostId): ReadonlySet<ComputeSystemId> {
    return this.starting.get(hostId) ?? none;
  }

  /** Position of the release of an attempt that is over; null where it is unknown or long ago. */
  releasedAt(computeSystemId: ComputeSystemId): number | null {
    return this.released.get(computeSystemId) ?? null;
  }

  evolve(recorded: RecordedEvent): void {
    if (!recorded.stream.startsWith('wl_')) return;
    const event = recorded.event as WorkloadEvent;
    const workloadId = recorded.stream as WorkloadId;
    if (event.type === 'WorkloadPlaced') {
      this.place(workloadId, recorded, event.payload);
      return;
    }
    const attempt = this.currentOf(workloadId);
    if (attempt === null) return;
    if (event.type === 'ComputeSystemReleased') {
      this.forget(attempt, recorded.position);
      return;
    }
    this.follow(attempt, event.type);
    const stops = stopTypes.has(event.type);
    this.tracked.set(attempt.computeSystemId, {
      computeSystemId: attempt.computeSystemId,
      workloadId: attempt.workloadId,
      tenantId: attempt.tenantId,
      hostId: attempt.hostId,
      placedPosition: attempt.placedPosition,
      movedPosition: recorded.position,
      movedAtMs: recorded.recordedAtMs,
      startedAtMs:
        event.type === 'ComputeSystemStarted' ? recorded.recordedAtMs : attempt.startedAtMs,
      stopPosition: attempt.stopPosition ?? (stops ? recorded.position : null),
      stopAskedAtMs: attempt.stopAskedAtMs ?? (stops ? recorded.recordedAtMs : null),
    });
  }

  private follow({ hostId, computeSystemId }: TrackedAttempt, type: WorkloadEvent['type']): void {
    if (type === 'StartAuthorized') {
      this.placed.get(hostId)?.delete(computeSystemId);
      addTo(this.starting, hostId, computeSystemId);
    } else if (startEnds.has(type)) {
      this.placed.get(hostId)?.delete(computeSystemId);
      this.starting.get(hostId)?.delete(computeSystemId);
    }
  }

  private currentOf(workloadId: WorkloadId): TrackedAttempt | null {
    const id = this.ofWorkload.get(workloadId);
    return id === undefined ? null : this.get(id);
  }

  private place(
    workloadId: WorkloadId,
    recorded: RecordedEvent,
    { computeSystemId, hostId }: { computeSystemId: ComputeSystemId; hostId: HostId },
  ): void {
    const { position, recordedAtMs, tenant } = recorded;
    this.tracked.set(computeSystemId, {
      computeSystemId,
      workloadId,
      tenantId: tenant as TenantId,
      hostId,
      placedPosition: position,
      movedPosition: position,
      movedAtMs: recordedAtMs,
      startedAtMs: null,
      stopPosition: null,
      stopAskedAtMs: null,
    });
    this.ofWorkload.set(workloadId, computeSystemId);
    addTo(this.onHost, hostId, computeSystemId);
    addTo(this.placed, hostId, computeSystemId);
  }

  private forget(attempt: TrackedAttempt, position: number): void {
    const { computeSystemId, workloadId, hostId } = attempt;
    this.tracked.delete(computeSystemId);
    this.ofWorkload.delete(workloadId);
    for (const ids of [this.onHost, this.placed, this.starting]) {
      ids.get(hostId)?.delete(computeSystemId);
    }
    this.released.set(computeSystemId, position);
    if (this.released.size <= RELEASED_KEPT) return;
    for (const oldest of this.released.keys()) {
      this.released.delete(oldest);
      break;
    }
  }
}

function addTo(sets: Map<HostId, Set<ComputeSystemId>>, hostId: HostId, id: ComputeSystemId): void {
  const ids = sets.get(hostId) ?? new Set();
  sets.set(hostId, ids.add(id));
}
