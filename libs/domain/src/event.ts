/** Milliseconds since 1970-01-01T00:00:00Z. Time reaches the domain only as data in commands. */
export type TimeMs = number;

/**
 * One fact of one stream. `type` is the stored name, `schemaVersion` the shape of its payload, and
 * `occurredAtMs` what the reporter says of when it happened (the log adds when it learned of it).
 */
export interface Event<T extends string, V extends number, P> {
  readonly type: T;
  readonly schemaVersion: V;
  readonly occurredAtMs: TimeMs;
  readonly payload: Readonly<P>;
}

/** Any event, for code that only moves events and never looks inside. */
export type AnyEvent = Event<string, number, unknown>;

/**
 * Makes an event of version 1. The payload's type is inferred from the event type asked for, so a
 * missing or misspelt field does not compile.
 */
export function event<E extends Event<string, 1, unknown>>(
  type: E['type'],
  occurredAtMs: TimeMs,
  payload: E['payload'],
): E {
  return { type, schemaVersion: 1, occurredAtMs, payload } as E;
}
