import {
  type Decider,
  type DomainEvent,
  emptyFleet,
  emptyWaitingRoom,
  enter,
  evolveFleet,
  holdingAttempt,
  leave,
  type RecordedEvent,
  type StreamId,
  type TenantId,
  type WorkloadCommand,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import { NOW_MS } from './builders.js';
import { type Entry, RecordedLog } from './recorded-log.js';

/** A log in memory with the folds that live on it: the fleet, and who waits. */
export class FoldingWorld {
  readonly log = new RecordedLog();
  readonly fleet = emptyFleet();
  readonly room = emptyWaitingRoom();
  nowMs = NOW_MS;
  private ids = 0;
  private readonly submittedAt = new Map<WorkloadId, number>();

  newUuid = (): string => {
    this.ids += 1;
    return this.ids.toString(16).padStart(32, '0');
  };

  attemptOf(workloadId: WorkloadId) {
    const known = this.fleet.workloads.get(workloadId);
    return known === undefined ? null : holdingAttempt(known.state);
  }

  /** Sends a command to a workload, whatever comes of it. */
  ask(workloadId: WorkloadId, command: WorkloadCommand): RecordedEvent[] {
    const { tenantId } = this.log.stateOf(workloadDecider, workloadId);
    return this.run(workloadDecider, workloadId, tenantId, command);
  }

  run<C, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: StreamId,
    tenant: TenantId | null,
    command: C,
  ): RecordedEvent[] {
    return this.append([this.entry(decider, stream, tenant, command)]);
  }

  /** Its place in the queue is that of the next event. */
  protected queues(workloadId: WorkloadId): void {
    this.submittedAt.set(workloadId, this.log.events.length + 1);
  }

  protected entry<C, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: StreamId,
    tenant: TenantId | null,
    command: C,
  ): Entry {
    const decided = decider.decide(command, this.log.stateOf<S, E>(decider, stream));
    return { stream, tenant, events: decided.accepted ? decided.events : [] };
  }

  protected append(entries: readonly Entry[]): RecordedEvent[] {
    const appended = this.log.append(this.nowMs, entries);
    for (const recorded of appended) evolveFleet(this.fleet, recorded);
    for (const { stream } of appended) {
      if (stream.startsWith('wl_')) this.seat(stream as WorkloadId);
    }
    return appended;
  }

  /** Whoever waits stands in its line, and nobody else does. */
  protected seat(workloadId: WorkloadId): void {
    const known = this.fleet.workloads.get(workloadId);
    const waits = known !== undefined && holdingAttempt(known.state) === null;
    if (!waits) leave(this.room, workloadId);
    else enter(this.room, workloadId, known.state, this.submittedAt.get(workloadId) ?? 0);
  }

  protected lastPositionOf(stream: StreamId): number {
    return this.log.lastPositionOf(stream);
  }
}
