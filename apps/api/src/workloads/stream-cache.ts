import { type Decider, type DomainEvent, fold, type StreamId } from '@bulkhead/domain';
import type { EventLog, Owner } from '@bulkhead/event-store';

export interface StreamSnapshot<S> {
  readonly state: S;
  readonly version: number;
}

/**
 * Folded streams by version. Nothing here is trusted to be current: whoever decides from a snapshot
 * guards its version in the append, and reads afresh after a conflict.
 */
export class StreamCache<S, E extends DomainEvent> {
  private readonly kept = new Map<StreamId, StreamSnapshot<S>>();

  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly decider: Pick<Decider<never, S, E>, 'initialState' | 'evolve'>,
    private readonly keptMax: number,
  ) {}

  async read(owner: Owner, stream: StreamId, fresh: boolean): Promise<StreamSnapshot<S>> {
    const kept = fresh ? undefined : this.kept.get(stream);
    if (kept !== undefined) return kept;
    const history = await this.log.readStream(owner, stream);
    const events = history.map(({ event }) => event as E);
    const snapshot = { state: fold(this.decider, events), version: history.length };
    this.kept.delete(stream);
    this.kept.set(stream, snapshot);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.keptMax && oldest !== undefined) this.kept.delete(oldest);
    return snapshot;
  }
}
