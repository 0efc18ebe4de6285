import type { Clock, EventMetadata, RecordedEvent, StreamId } from '@bulkhead/domain';
import { type Append, VersionConflict } from '@bulkhead/event-store/in-memory';

export type SimulationAppend = Required<Pick<Append, 'streams' | 'metadata'>> &
  Pick<Append, 'guards'>;
export type Follower = (recorded: RecordedEvent) => void;

/** After these nothing follows in their stream. */
const lastOfStream: ReadonlySet<RecordedEvent['event']['type']> = new Set([
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
  'KernelEnded',
]);

/**
 * The log of a simulation: it checks versions and guards as every log does, numbers the events and hands
 * them to its followers. It keeps none, because the history of a million workloads does not fit into
 * memory; who wants them keeps them. Of a stream that has ended it forgets the version too, so that an
 * event after the end is a conflict.
 */
export class SimulationLog {
  readonly #versions = new Map<StreamId, number>();
  readonly #followers: Follower[] = [];
  #position = 0;

  constructor(private readonly clock: Clock) {}

  /** Events so far. */
  get position(): number {
    return this.#position;
  }

  /** Followers hear of every event in turn, and append nothing while they do. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  versionOf(stream: StreamId): number {
    return this.#versions.get(stream) ?? 0;
  }

  /** The position of the first event. @throws VersionConflict where a stream or a guard has moved on */
  append({ streams, guards = [], metadata }: SimulationAppend): number {
    for (const { stream, expectedVersion } of streams) this.#expect(stream, expectedVersion);
    for (const { stream, version } of guards) this.#expect(stream, version);
    const first = this.#position + 1;
    for (const { owner, stream, events, expectedVersion } of streams) {
      let version = expectedVersion;
      for (const event of events) {
        version += 1;
        this.#tell(stream, version, owner, event, metadata);
      }
    }
    return first;
  }

  #expect(stream: StreamId, expected: number): void {
    const actual = this.versionOf(stream);
    if (actual !== expected) throw new VersionConflict(stream, expected, actual);
  }

  #tell(
    stream: StreamId,
    version: number,
    tenant: RecordedEvent['tenant'],
    event: RecordedEvent['event'],
    metadata: EventMetadata,
  ): void {
    this.#position += 1;
    if (lastOfStream.has(event.type)) this.#versions.delete(stream);
    else this.#versions.set(stream, version);
    const recorded: RecordedEvent = {
      position: this.#position,
      eventId: `event-${this.#position}`,
      stream,
      version,
      tenant,
      recordedAtMs: this.clock(),
      metadata,
      event,
    };
    for (const follower of this.#followers) follower(recorded);
  }
}
