import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';
import { renumbered } from './recorded-log.js';

type Type = DomainEvent['type'];
type PayloadOf<T extends Type> = Extract<DomainEvent, { type: T }>['payload'];
type Log = readonly RecordedEvent[];

/** Which of the events is meant: the first of its type that the predicate, if there is one, agrees to. */
export type Where<T extends Type> = (payload: PayloadOf<T>, recorded: RecordedEvent) => boolean;

export function find<T extends Type>(log: Log, type: T, where: Where<T> = () => true) {
  const found = log.find(
    (recorded) =>
      recorded.event.type === type && where(recorded.event.payload as PayloadOf<T>, recorded),
  );
  if (found === undefined) throw new Error(`the history has no such ${type}`);
  return found;
}

/** The log with another payload in one event. */
export function altered<T extends Type>(
  log: Log,
  type: T,
  change: Partial<PayloadOf<T>>,
  where?: Where<T>,
): RecordedEvent[] {
  const meant = find(log, type, where);
  return log.map((recorded) =>
    recorded === meant
      ? ({
          ...recorded,
          event: { ...recorded.event, payload: { ...recorded.event.payload, ...change } },
        } as RecordedEvent)
      : recorded,
  );
}

/** The log as if one event had never been written. */
export function without<T extends Type>(log: Log, type: T, where?: Where<T>): RecordedEvent[] {
  const meant = find(log, type, where);
  return renumbered(log.filter((recorded) => recorded !== meant));
}

/** The log with an event of the given stream put in directly before another. */
export function insertedBefore(
  log: Log,
  next: RecordedEvent,
  planted: Pick<RecordedEvent, 'stream' | 'tenant'> & {
    readonly type: Type;
    readonly payload: object;
  },
): RecordedEvent[] {
  const { stream, tenant, type, payload } = planted;
  const event = { type, schemaVersion: 1, occurredAtMs: next.recordedAtMs, payload };
  const recorded = { ...next, stream, tenant, event } as unknown as RecordedEvent;
  const at = log.indexOf(next);
  return renumbered([...log.slice(0, at), recorded, ...log.slice(at)]);
}

/** The log with an event put in at its end. */
export function appended(log: Log, planted: Parameters<typeof insertedBefore>[2]): RecordedEvent[] {
  const last = log.at(-1) as RecordedEvent;
  const [before, moved] = insertedBefore([last], last, planted) as [RecordedEvent, RecordedEvent];
  return renumbered([...log.slice(0, -1), moved, before]);
}

/** The log with two neighbours of one stream exchanged: the second of them is `later`. */
export function movedBefore(log: Log, later: RecordedEvent, earlier: RecordedEvent) {
  const rest = log.filter((recorded) => recorded !== later);
  const at = rest.indexOf(earlier);
  return renumbered([...rest.slice(0, at), later, ...rest.slice(at)]);
}
