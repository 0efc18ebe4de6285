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

/** A log in an array: dense positions, dense versions, and a clock that its owner turns. */
export class RecordedLog {
  readonly events: RecordedEvent[] = [];
  private readonly streams = new Map<StreamId, RecordedEvent[]>();

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

  versionOf(stream: StreamId): number {
    return this.streams.get(stream)?.length ?? 0;
  }

  stateOf<S, E extends AnyEvent>(
    decider: Pick<Decider<never, S, E>, 'initialState' | 'evolve'>,
    stream: StreamId,
  ): S {
    const events = (this.streams.get(stream) ?? []).map((recorded) => recorded.event);
    return fold(decider, events as unknown as E[]);
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
