import {
  emptyFleet,
  evolveFleet,
  type Fleet,
  fleetEventTypes,
  type HostId,
  type RecordedEvent,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import {
  type LogListener,
  READ_LIMIT_MAX,
  UnknownStoredEvent,
  type WholeLog,
} from '@bulkhead/event-store';
import { NewerEvents } from '../newer-events.js';
import { AttemptIndex } from './attempt-index.js';

/** How long a follower waits for a wake-up before it looks by itself. */
export const FOLLOW_POLL_MS = 1_000;

/** Tells when the log has grown. */
export type LogGrowth = Pick<LogListener, 'growths' | 'waitForGrowth'>;

/** Changes of a tenant that demand of nothing to go. */
const permitting: ReadonlySet<string> = new Set(['TenantReinstated', 'TenantQuotaChanged']);

export interface Submission {
  readonly position: number;
  readonly correlationId: string;
}

/**
 * The fleet as the log tells it: one fold for a whole process, which placing, observing and jobs share,
 * so that the log is read and parsed once. It is always warm, so whoever takes a lease over has nothing
 * to read first. An event that cannot be folded ends it for good; before one that only a newer version
 * knows it waits.
 */
export class FleetFollower {
  readonly fleet: Fleet = emptyFleet();
  readonly attempts = new AttemptIndex();
  /** Of workloads that have not ended. */
  readonly submissions = new Map<WorkloadId, Submission>();
  /** Position of each host's registration and of its newest boot, and of each tenant's newest change that may forbid something. */
  readonly registeredAt = new Map<HostId, number>();
  readonly bootedAt = new Map<HostId, number>();
  /** Position of the newest event that asked a host for a boot. */
  readonly rebootAskedAt = new Map<HostId, number>();
  readonly changedAt = new Map<TenantId, number>();
  private readonly listeners: ((recorded: RecordedEvent) => void)[] = [];
  private readonly followers: (() => void)[] = [];
  private running: Promise<void> = Promise.resolve();
  private queued: Promise<void> | null = null;
  private broken: Error | null = null;

  constructor(
    private readonly log: Pick<WholeLog, 'readAll' | 'streamAll'>,
    private readonly newer = new NewerEvents(),
  ) {}

  /** Called for every event, after it was folded. A listener must not fail. */
  onEvent(listener: (recorded: RecordedEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Called when events came, after the last of them. */
  onMoved(follower: () => void): void {
    this.followers.push(follower);
  }

  /** Whether an event of a workload, tenant, host or kernel at this position has been folded. */
  hasSeen(position: number): boolean {
    return this.fleet.position >= position;
  }

  /** Folds everything that the log holds at the time of the call. */
  catchUp(): Promise<void> {
    this.queued ??= this.running
      .catch(() => {})
      .then(() => {
        this.queued = null;
        this.running = this.readOn();
        return this.running;
      });
    return this.queued;
  }

  /**
   * Catches up; false before an event that only a newer version knows. That keeps a process from judging
   * what it finds on a host, and not from keeping alive what runs there.
   */
  async isCaughtUp(): Promise<boolean> {
    try {
      await this.catchUp();
      return true;
    } catch (error) {
      if (error instanceof UnknownStoredEvent) return false;
      throw error;
    }
  }

  /** Follows the log until the signal is given: whenever it has grown, and now and then anyhow. */
  async run(growth: LogGrowth, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const heard = growth.growths;
      await this.catchUp();
      await growth.waitForGrowth(FOLLOW_POLL_MS, signal, heard);
    }
  }

  private async readOn(): Promise<void> {
    for (let more = true; more; ) {
      if (this.broken !== null) throw this.broken;
      const { position: afterPosition } = this.fleet;
      const options = { afterPosition, limit: READ_LIMIT_MAX, types: fleetEventTypes };
      const batch = await this.newer.reading('fleet', () => this.log.readAll(options));
      this.foldAll(batch);
      more = batch.length === READ_LIMIT_MAX;
      if (more) await this.newer.reading('fleet', () => this.streamOn());
    }
  }

  /** Far behind, as after every start, the log is read in one go. */
  private async streamOn(): Promise<void> {
    const options = { afterPosition: this.fleet.position, types: fleetEventTypes };
    for await (const { events } of this.log.streamAll(options)) this.foldAll(events);
  }

  private foldAll(batch: readonly RecordedEvent[]): void {
    for (const recorded of batch) this.fold(recorded);
    if (batch.length > 0) for (const follower of this.followers) follower();
  }

  private fold(recorded: RecordedEvent): void {
    try {
      evolveFleet(this.fleet, recorded);
    } catch (error) {
      this.broken = error as Error;
      throw error;
    }
    this.attempts.evolve(recorded);
    this.keepPositions(recorded);
    for (const listener of this.listeners) listener(recorded);
  }

  private keepPositions({ event, stream, position, metadata }: RecordedEvent): void {
    if (stream.startsWith('wl_')) {
      const workloadId = stream as WorkloadId;
      if (event.type === 'WorkloadSubmitted') {
        this.submissions.set(workloadId, { position, correlationId: metadata.correlationId });
      } else if (!this.fleet.workloads.has(workloadId)) {
        this.submissions.delete(workloadId);
      }
    } else if (event.type === 'HostRegistered') {
      this.registeredAt.set(stream as HostId, position);
    } else if (event.type === 'HostBooted') {
      this.bootedAt.set(stream as HostId, position);
    } else if (event.type === 'HostRebootRequested') {
      this.rebootAskedAt.set(stream as HostId, position);
    } else if (stream.startsWith('ten_') && !permitting.has(event.type)) {
      this.changedAt.set(stream as TenantId, position);
    }
  }
}
