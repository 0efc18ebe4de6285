import { APPEND_LIMITS, type Append, InvalidAppend } from './event-log.js';

/** The last millisecond of the year 9999; RFC 3339 has no words for later ones. */
const TIME_MS_MAX = 253_402_300_799_999;

/** How every tenant id begins; the scopes of platform routes are roles and never do. */
const TENANT_SCOPE = 'ten_';

/** @throws InvalidAppend where counts, names, versions or times cannot be right */
export function checkShape(append: Append): void {
  const { streams } = append;
  const eventCount = streams.reduce((sum, { events }) => sum + events.length, 0);
  if (streams.length > APPEND_LIMITS.streams || eventCount > APPEND_LIMITS.events) {
    throw new InvalidAppend(
      `an append holds at most ${APPEND_LIMITS.streams} streams and ${APPEND_LIMITS.events} events, not ${streams.length} and ${eventCount}`,
    );
  }
  if (streams.length === 0) throw new InvalidAppend('an append needs at least one stream');
  const seen = new Set<string>();
  for (const { stream, events, expectedVersion } of streams) {
    if (seen.has(stream)) throw new InvalidAppend(`stream ${stream} is named twice`);
    seen.add(stream);
    if (events.length === 0) throw new InvalidAppend(`stream ${stream} gets no events`);
    checkVersion(stream, expectedVersion);
    for (const event of events) checkTime(event.type, event.occurredAtMs);
  }
  for (const { stream, version } of append.guards ?? []) checkVersion(stream, version);
}

/**
 * Where each content row's stream stands among the append's streams, counted from 1.
 * @throws InvalidAppend where it is not written by this append or belongs to another tenant
 */
export function contentSlotsOf({ streams, contents = [] }: Append): readonly number[] {
  const slots = new Map(streams.map(({ stream }, index) => [stream, index + 1]));
  return contents.map(({ tenant, stream }) => {
    const slot = slots.get(stream);
    if (slot === undefined) throw new InvalidAppend(`content of ${stream} comes without its event`);
    const owner = streams[slot - 1]?.owner ?? null;
    if (owner !== tenant) {
      throw new InvalidAppend(
        `content of ${stream} is given as ${tenant}'s, but ${owner ?? 'the platform'} owns the stream`,
      );
    }
    return slot;
  });
}

/**
 * An answer kept under a tenant's id would be given to that tenant, so the append must be that tenant's.
 * @throws InvalidAppend where the scope is a tenant none of whose streams is written
 */
export function checkAnswerScope({ streams, idempotentAnswer }: Append): void {
  const scope = idempotentAnswer?.scope;
  if (!scope?.startsWith(TENANT_SCOPE)) return;
  if (streams.some(({ owner }) => owner === scope)) return;
  throw new InvalidAppend(`the answer is scoped to ${scope}, none of whose streams is written`);
}

function checkVersion(stream: string, version: number): void {
  if (!Number.isInteger(version) || version < 0) {
    throw new InvalidAppend(`${version} is not a version of stream ${stream}`);
  }
}

function checkTime(type: string, occurredAtMs: number): void {
  if (!Number.isInteger(occurredAtMs) || occurredAtMs < 0 || occurredAtMs > TIME_MS_MAX) {
    throw new InvalidAppend(`${type} has no valid occurredAtMs: ${occurredAtMs}`);
  }
}
