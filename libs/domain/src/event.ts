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
 * Makes an event. The payload's type is inferred from the event type asked for, so a missing or misspelt
 * field does not compile. The version is left out for types that still have their first one.
 */
export function event<E extends AnyEvent>(
  type: E['type'],
  occurredAtMs: TimeMs,
  payload: E['payload'],
  ...[schemaVersion = 1]: E['schemaVersion'] extends 1 ? [] : [schemaVersion: E['schemaVersion']]
): E {
  return { type, schemaVersion, occurredAtMs, payload } as E;
}
