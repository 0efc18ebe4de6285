import type {
  AnyEvent,
  Decider,
  DomainEvent,
  RecordedEvent,
  StreamId,
  TenantId,
} from '@bulkhead/domain';
import { fold } from '@bulkhead/domain';

/** Events that one append puts into one stream. */
export interface Entry {
  readonly stream: StreamId;
  readonly tenant: TenantId | null;
  readonly events: readonly DomainEvent[];
}

/** How far a stream was folded, and by what. */
interface Folded {
  readonly decider: unknown;
  readonly version: number;
  readonly state: unknown;
}

/** A log in an array: dense positions, dense versions, and a clock that its owner turns. */
export class RecordedLog {
  readonly events: RecordedEvent[] = [];
  private readonly streams = new Map<StreamId, RecordedEvent[]>();
  private readonly folded = new Map<StreamId, Folded>();

  append(nowMs: number, entries: readonly Entry[]): RecordedEvent[] {
    const appended: RecordedEvent[] = [];
    for (const { stream, tenant, events } of entries) {
      const known = this.streams.get(stream) ?? [];
      this.streams.set(stream, known);
      for (const event of events) {
        const position = this.events.length + 1;
        const recorded: RecordedEvent = {
          position,
          eventId: `event-${position}`,
          stream,
          version: known.length + 1,
          tenant,
          recordedAtMs: nowMs,
          metadata: {
            actor: { kind: 'system', id: 'test' },
            correlationId: 'test',
            causationPosition: null,
          },
          event,
        };
        this.events.push(recorded);
        known.push(recorded);
        appended.push(recorded);
      }
    }
    return appended;
  }

  /** Position of the stream's last event; 0 where it has none. */
  lastPositionOf(stream: StreamId): number {
    return this.streams.get(stream)?.at(-1)?.position ?? 0;
  }

  versionOf(stream: StreamId): number {
    return this.streams.get(stream)?.length ?? 0;
  }

  /** Folds what came since the last time that the stream was asked for. */
  stateOf<S, E extends AnyEvent>(
    decider: Pick<Decider<never, S, E>, 'initialState' | 'evolve'>,
    stream: StreamId,
  ): S {
    const recorded = this.streams.get(stream) ?? [];
    const known = this.folded.get(stream);
    const from = known?.decider === decider ? known : { version: 0, state: decider.initialState };
    const events = recorded.slice(from.version).map(({ event }) => event);
    const state = fold(decider, events as unknown as E[], from.state as S);
    this.folded.set(stream, { decider, version: recorded.length, state });
    return state;
  }
}

/** A log with other events: positions, versions and event ids are counted anew. */
export function renumbered(events: readonly RecordedEvent[]): RecordedEvent[] {
  const versions = new Map<StreamId, number>();
  return events.map((recorded, at) => {
    const version = (versions.get(recorded.stream) ?? 0) + 1;
    versions.set(recorded.stream, version);
    return { ...recorded, position: at + 1, version, eventId: `event-${at + 1}` };
  });
}
