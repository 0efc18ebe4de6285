import { BrokenInvariant } from './decider.js';
import type { DomainEvent } from './domain-event.js';
import type { AnyEvent } from './event.js';
import { imageRegisteredUpcasts } from './image/upcast.js';

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

/** How events of older versions are read: the functions of a stream stand in its `upcast.ts`. */
export const upcasters: UpcastersOf<DomainEvent> = { ImageRegistered: imageRegisteredUpcasts };

/**
 * The payload as the newest version has it, one version after the other. What is stored stays as it is.
 * @throws BrokenInvariant where a version has no function
 */
export function upcast(
  known: Upcasters,
  { type, schemaVersion, payload }: Pick<AnyEvent, 'type' | 'schemaVersion' | 'payload'>,
  newest: number,
): unknown {
  let current: unknown = payload;
  for (let version = schemaVersion; version < newest; version += 1) {
    const step = known[type]?.[version];
    if (step === undefined) throw new BrokenInvariant(`nothing reads ${type} version ${version}`);
    current = step(current as never);
  }
  return current;
}
