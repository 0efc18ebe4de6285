import type {
  HostId,
  KernelInstanceId,
  RecordedEvent,
  Resources,
  TenantId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import type { FleetState } from '../fleet/fleet-state.js';
import { Distribution } from './distribution.js';
import { EventHash } from './event-hash.js';
import { Occupancy } from './occupancy.js';
import { SharedKernels } from './shared-kernels.js';
import { Tally } from './tally.js';

/** How a compute system came to run: as a silo, or how its utility VM came to be. */
export const START_PATHS = ['process', 'cold', 'cloned', 'claimed'] as const;
export type StartPath = (typeof START_PATHS)[number];

/** An attempt that holds a place. */
interface Held {
  readonly tenantId: TenantId;
  readonly hostId: HostId;
  readonly kernelInstanceId: KernelInstanceId;
  readonly reserved: Resources;
  authorizedAtMs: TimeMs;
  path: StartPath;
}

/** Everything that is measured of a run, from what the log says alone. Hears an event after the fleet has. */
export class Measures {
  readonly startMs = new Map<StartPath, Distribution>(
    START_PATHS.map((path) => [path, new Distribution()]),
  );
  /** From the submission to the first placement. */
  readonly waitingMs = new Distribution();
  /** Mean of the memory that was reserved, up to the last submission: what follows is only a tail. */
  reservedWhileArrivingMiB = 0;
  readonly occupancy: Occupancy;
  readonly shared = new SharedKernels();
  readonly hash = new EventHash();
  readonly isolations = new Tally();
  readonly reasons = new Tally();
  readonly deferrals = new Tally();
  readonly outcomes = new Tally();
  readonly #submittedAtMs = new Map<WorkloadId, TimeMs>();
  readonly #held = new Map<WorkloadId, Held>();

  constructor(
    startMs: TimeMs,
    private readonly of: Pick<FleetState, 'fleet' | 'hosts'>,
  ) {
    this.occupancy = new Occupancy(startMs, () => this.#inUseMiB());
  }

  hear(recorded: RecordedEvent): void {
    this.hash.add(recorded);
    const workloadId = recorded.stream as WorkloadId;
    const { event, recordedAtMs: nowMs, tenant } = recorded;
    switch (event.type) {
      case 'WorkloadSubmitted':
        this.#submittedAtMs.set(workloadId, nowMs);
        this.occupancy.reach(nowMs);
        this.occupancy.waiting.add(1, nowMs);
        this.reservedWhileArrivingMiB = this.occupancy.reservedMiB.meanUntil(nowMs);
        return;
      case 'PlacementDeferred':
        this.deferrals.add(event.payload.cause);
        return;
      case 'WorkloadPlaced':
        this.#placed(workloadId, tenant as TenantId, event.payload, nowMs);
        return;
      case 'StartAuthorized':
        this.#change(workloadId, (held) => {
          held.authorizedAtMs = nowMs;
        });
        return;
      case 'UtilityVmBooted':
        this.#change(workloadId, (held) => {
          held.path = event.payload.path;
        });
        return;
      case 'ComputeSystemStarted':
        this.#change(workloadId, ({ path, authorizedAtMs }) =>
          this.startMs.get(path)?.add(event.occurredAtMs - authorizedAtMs),
        );
        return;
      case 'ComputeSystemStartFailed':
        this.outcomes.add(`start failed: ${event.payload.code}`);
        return;
      case 'ComputeSystemReleased':
        this.#released(workloadId, nowMs);
        return;
      case 'WorkloadRejected':
        if (!this.#held.has(workloadId)) this.occupancy.waiting.add(-1, nowMs);
        this.#ended(workloadId, 'rejected');
        return;
      case 'WorkloadSucceeded':
        this.#ended(workloadId, 'succeeded');
        return;
      case 'WorkloadFailed':
        this.#ended(workloadId, 'failed');
        return;
      case 'WorkloadRetryScheduled':
        this.occupancy.waiting.add(1, nowMs);
        return;
      default:
        return;
    }
  }

  #placed(
    workloadId: WorkloadId,
    tenantId: TenantId,
    placed: Extract<RecordedEvent['event'], { type: 'WorkloadPlaced' }>['payload'],
    nowMs: TimeMs,
  ): void {
    const { hostId, kernelInstanceId, reserved, isolation, attempt } = placed;
    const path = isolation === 'process' ? 'process' : 'cold';
    const held = { tenantId, hostId, kernelInstanceId, reserved, authorizedAtMs: nowMs, path };
    this.#held.set(workloadId, held as Held);
    this.occupancy.reach(nowMs);
    this.occupancy.waiting.add(-1, nowMs);
    this.occupancy.enter(hostId, reserved, nowMs);
    this.shared.enter(kernelInstanceId, hostId, tenantId, nowMs);
    if (attempt > 1) return;
    this.waitingMs.add(nowMs - (this.#submittedAtMs.get(workloadId) ?? nowMs));
    this.isolations.add(isolation);
    const decision = this.of.fleet.workloads.get(workloadId)?.state.decision;
    for (const reason of decision?.reasons ?? []) this.reasons.add(reason.rule);
  }

  #released(workloadId: WorkloadId, nowMs: TimeMs): void {
    const held = this.#held.get(workloadId);
    if (held === undefined) return;
    this.#held.delete(workloadId);
    const { hostId, reserved, kernelInstanceId, tenantId } = held;
    this.occupancy.reach(nowMs);
    this.occupancy.leave(hostId, reserved, nowMs);
    this.shared.leave(kernelInstanceId, hostId, tenantId, nowMs);
  }

  /** Physical memory that the model of every host says is in use. */
  #inUseMiB(): number {
    let sum = 0;
    for (const host of this.of.hosts.values()) sum += host.usage().memory.inUseMiB;
    return sum;
  }

  #change(workloadId: WorkloadId, change: (held: Held) => void): void {
    const held = this.#held.get(workloadId);
    if (held !== undefined) change(held);
  }

  #ended(workloadId: WorkloadId, outcome: string): void {
    this.outcomes.add(outcome);
    this.#submittedAtMs.delete(workloadId);
  }
}
