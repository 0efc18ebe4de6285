import {
  type ComputeSystemId,
  type Decider,
  type DomainEvent,
  type EventMetadata,
  emptyFleet,
  evolveFleet,
  type Fleet,
  type HostId,
  type StreamId,
  type TenantId,
  type UuidSource,
  type WorkloadCommand,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import type { Guard, StreamAppend } from '@bulkhead/event-store/in-memory';
import type { SimulatedHost, VirtualTime } from '@bulkhead/hypervisor/simulated';
import { countedIds } from './counted-ids.js';
import { JobQueue } from './job-queue.js';
import { SimulationLog } from './simulation-log.js';

/** What goes with an append of a workload's events. */
export interface Beside {
  readonly streams?: readonly StreamAppend[];
  readonly guards?: readonly Guard[];
}

/** Holds together what everything in a simulation works on: time, log, queue, hosts, and the fleet folded from the log. */
export class FleetState {
  readonly fleet: Fleet = emptyFleet();
  readonly log: SimulationLog;
  readonly queue: JobQueue;
  readonly newUuid: UuidSource = countedIds();
  readonly hosts = new Map<HostId, SimulatedHost>();
  /** Where the submission of a workload that has not ended stands in the log. */
  readonly submittedAt = new Map<WorkloadId, number>();
  /** Whose attempt a compute system is, while it holds a place. */
  readonly workloadOf = new Map<ComputeSystemId, WorkloadId>();

  constructor(readonly time: VirtualTime) {
    this.log = new SimulationLog(time.clock);
    this.queue = new JobQueue(time);
    this.log.follow((recorded) => {
      evolveFleet(this.fleet, recorded);
      const { stream, position, event } = recorded;
      if (event.type === 'WorkloadSubmitted') this.submittedAt.set(stream as WorkloadId, position);
      else if (!this.fleet.workloads.has(stream as WorkloadId)) {
        this.submittedAt.delete(stream as WorkloadId);
      }
    });
  }

  get nowMs(): number {
    return this.time.clock();
  }

  because(component: string, causationPosition: number | null, id = component): EventMetadata {
    const actor = { kind: 'system' as const, id: component };
    return { actor, correlationId: id, causationPosition };
  }

  /** Decides on a stream that nothing else is known of but its state, and records the answer. */
  record<C, S, E extends DomainEvent>(
    decider: Pick<Decider<C, S, E>, 'decide' | 'initialState'>,
    of: { readonly stream: StreamId; readonly owner: TenantId | null; readonly state?: S },
    command: C,
  ): number {
    const { stream, owner, state = decider.initialState } = of;
    const decided = decider.decide(command, state);
    if (!decided.accepted) throw new Error(`${stream}: ${decided.rejection.detail}`);
    return this.log.append({
      streams: [
        { owner, stream, expectedVersion: this.log.versionOf(stream), events: decided.events },
      ],
      metadata: this.because('simulation', null, stream),
    });
  }

  /** Carries a command out on a workload as the log holds it: the first position, or null where it comes to nothing. */
  ask(
    workloadId: WorkloadId,
    command: WorkloadCommand,
    component: string,
    beside: Beside = {},
  ): number | null {
    const known = this.fleet.workloads.get(workloadId);
    if (known === undefined || known.state.tenantId === null) return null;
    const decided = workloadDecider.decide(command, known.state);
    if (!decided.accepted || decided.events.length === 0) return null;
    const { events } = decided;
    const own = {
      owner: known.state.tenantId,
      stream: workloadId,
      expectedVersion: known.version,
      events,
    };
    const submitted = this.submittedAt.get(workloadId) ?? null;
    return this.log.append({
      streams: [own, ...(beside.streams ?? [])],
      guards: beside.guards ?? [],
      metadata: this.because(component, submitted, workloadId),
    });
  }
}
