import type { AnyEvent } from './event.js';

type Count<N extends number, Counted extends unknown[] = []> = Counted['length'] extends N
  ? Counted
  : Count<N, [...Counted, unknown]>;

/** The versions below a newest one: none for 1, `1 | 2` for 3. */
export type VersionsBelow<
  Newest extends number,
  Counted extends unknown[] = [unknown],
> = Counted['length'] extends Newest
  ? never
  : Counted['length'] | VersionsBelow<Newest, [...Counted, unknown]>;

/**
 * Makes the payload of the next version from that of an older one. It is pure, because it runs on every
 * read and must always give the same. What the older version held only its author knows, so the
 * parameter's type is the author's.
 */
export type Upcast<To = unknown> = (payload: never) => To;

/** One function for every older version of a type; the last one gives the payload of the newest. */
export type UpcastsOf<E extends AnyEvent> = {
  readonly [V in VersionsBelow<E['schemaVersion']>]: [
    ...Count<V>,
    unknown,
  ]['length'] extends E['schemaVersion']
    ? Upcast<E['payload']>
    : Upcast;
};

/** The compiler demands an entry, with no version missing, for every type beyond version 1. */
export type UpcastersOf<Events extends AnyEvent> = {
  readonly [E in Events as E['schemaVersion'] extends 1 ? never : E['type']]: UpcastsOf<E>;
};

/** The same for code that only runs them, by type and version. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcast>>>>;
