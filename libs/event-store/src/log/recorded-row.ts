import type {
  DomainEvent,
  EventMetadata,
  RecordedEvent,
  StreamId,
  TenantId,
} from '@bulkhead/domain';
import pg from 'pg';
import { UnknownStoredEvent } from './event-log.js';
import { type KnownEvents, knownEvents } from './known-events.js';
import { UnreadableStoredEvent } from './unreadable-event.js';

/** A time as a whole number, which costs Postgres less to write than a date, and us less to read. */
const milliseconds = (column: string) => `(date_part('epoch', ${column}) * 1000)::bigint`;

/** The columns of `log.events` in the order in which `recordedEvent` takes them. */
export const EVENT_COLUMNS = `position, event_id, stream, version, tenant, type, schema_version,
  ${milliseconds('occurred_at')}, ${milliseconds('recorded_at')}, metadata, payload`;

/** A row as `rowMode: 'array'` gives it, read with `LOG_TYPES`. */
export type EventRow = [
  position: number,
  eventId: string,
  stream: string,
  version: number,
  tenant: string | null,
  type: string,
  schemaVersion: number,
  occurredAtMs: number,
  recordedAtMs: number,
  metadata: string,
  payload: string,
];

/**
 * The event of a row, in the newest version of its type.
 * @throws UnknownStoredEvent or UnreadableStoredEvent instead of handing on an event that this process cannot fold
 */
export function recordedEvent(row: EventRow, known: KnownEvents = knownEvents): RecordedEvent {
  const [position, eventId, stream, version, tenant, type, schemaVersion, occurredAtMs] = row;
  const stored = { type, schemaVersion, occurredAtMs, payload: JSON.parse(row[10]) };
  const recorded = {
    position,
    eventId,
    stream: stream as StreamId,
    version,
    tenant: tenant as TenantId | null,
    recordedAtMs: row[8],
    metadata: parseMetadata(row[9]),
    event: stored as DomainEvent,
  };
  try {
    recorded.event = known.read(position, stored);
  } catch (error) {
    throw unreadable(recorded, error);
  }
  return recorded;
}

/** What is thrown instead of an event that cannot be read: without what it says, which nobody may apply. */
function unreadable(recorded: RecordedEvent, error: unknown): Error {
  if (error instanceof UnknownStoredEvent) return error;
  const event = { ...recorded.event, payload: {} } as DomainEvent;
  return new UnreadableStoredEvent({ ...recorded, event }, error);
}

/** Every writer's metadata, in its canonical bytes, unless a string in it needs escapes. */
const METADATA =
  /^\{"actor":\{"id":"([^"\\]*)","kind":"([^"\\]*)"\},"causationPosition":(null|\d+),"correlationId":"([^"\\]*)"\}$/;

/** The last one read: neighbours were often appended together, and then have the same. */
let lastJson = '';
let lastMetadata: EventMetadata | null = null;

/** The metadata of an event; events next to each other may share one object, which nobody changes. */
export function parseMetadata(json: string): EventMetadata {
  if (json !== lastJson || lastMetadata === null) {
    lastMetadata = readMetadata(json);
    lastJson = json;
  }
  return lastMetadata;
}

/** Most of a reader's work is to parse JSON; where the shape is known, this takes a third of the time. */
function readMetadata(json: string): EventMetadata {
  const found = METADATA.exec(json);
  if (found === null) return JSON.parse(json) as EventMetadata;
  const [, id, kind, cause, correlationId] = found;
  return {
    actor: { id, kind } as EventMetadata['actor'],
    causationPosition: cause === 'null' ? null : Number(cause),
    correlationId: correlationId as string,
  };
}

/**
 * Reads `2026-11-21 10:42:00.123+00`, which is what Postgres writes in UTC. `Date.parse` would do it
 * too, at several times the cost, and this runs twice for every event read.
 */
export function parseTimestampMs(text: string): number {
  if (text.charCodeAt(4) !== 45 || !text.endsWith('+00')) return new Date(text).getTime();
  const digits = (from: number, to: number) => Number(text.slice(from, to));
  const fraction = text.charCodeAt(19) === 46 ? Number(`0${text.slice(19, -3)}`) : 0;
  return (
    Date.UTC(digits(0, 4), digits(5, 7) - 1, digits(8, 10)) +
    ((digits(11, 13) * 60 + digits(14, 16)) * 60 + digits(17, 19)) * 1000 +
    Math.round(fraction * 1000)
  );
}

const asText = (text: string) => text;
const PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.INT4, Number],
  [pg.types.builtins.TIMESTAMPTZ, parseTimestampMs],
  // Parsed by us, and only where somebody needs it.
  [pg.types.builtins.JSON, asText],
]);

/**
 * Given to each of the log's queries. Other packages replace `pg`'s process-wide parsers, and ours must
 * neither follow them nor change what they see.
 */
export const LOG_TYPES = {
  getTypeParser: (typeId: number) => PARSERS.get(typeId) ?? asText,
} as pg.CustomTypesConfig;
