import type { DomainEvent, StreamId } from '@bulkhead/domain';
import type { EventLog, Evolving, Owner, StreamState } from '@bulkhead/event-store';

/**
 * Folded streams by version. Nothing here is trusted to be current: whoever decides from a snapshot
 * guards its version in the append, and reads afresh after a conflict.
 */
export class StreamCache<S, E extends DomainEvent> {
  private readonly kept = new Map<StreamId, StreamState<S>>();

  constructor(
    private readonly log: Pick<EventLog, 'readState'>,
    private readonly decider: Evolving<S, E>,
    private readonly keptMax: number,
  ) {}

  async read(owner: Owner, stream: StreamId, fresh: boolean): Promise<StreamState<S>> {
    const kept = fresh ? undefined : this.kept.get(stream);
    if (kept !== undefined) return kept;
    const read = await this.log.readState(owner, stream, this.decider);
    this.kept.delete(stream);
    this.kept.set(stream, read);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.keptMax && oldest !== undefined) this.kept.delete(oldest);
    return read;
  }
}
