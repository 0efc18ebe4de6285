import { type IdPrefix, isId, type StreamId } from './ids.js';

type PrefixOf<Id extends StreamId> = Id extends `${infer Prefix}_${string}` ? Prefix : never;
type AggregatePrefix = PrefixOf<StreamId> & IdPrefix;
type NamePrefix = Exclude<PrefixOf<StreamId>, IdPrefix>;
type LoneStream = Exclude<StreamId, `${string}_${string}`>;

/*
 * Whoever lists kinds of streams lists them from here: made of the type of streams, so that the compiler
 * misses no kind that is added to it.
 */

const aggregates: Readonly<Record<AggregatePrefix, true>> = {
  ten: true,
  cred: true,
  wl: true,
  bat: true,
  sch: true,
  host: true,
  ki: true,
  tpl: true,
  img: true,
  adv: true,
  inc: true,
  whk: true,
};
const lone: Readonly<Record<LoneStream, true>> = { policy: true, placer: true, advisories: true };
const named: Readonly<Record<NamePrefix, true>> = { consumer: true, projection: true, queue: true };

/** Of aggregates whose events are streams named by their ids. */
export const aggregatePrefixes = Object.keys(aggregates) as readonly AggregatePrefix[];
/** Of which each installation has one. */
export const loneStreams = Object.keys(lone) as readonly LoneStream[];
/** Of streams that are named by a consumer, projection or queue. */
export const namePrefixes = Object.keys(named) as readonly NamePrefix[];

const NAME = /^[a-z][a-z0-9@-]*$/;

/** Whether a stream could be called so. */
export function isStreamId(text: string): text is StreamId {
  return (
    aggregatePrefixes.some((prefix) => isId(prefix, text)) ||
    loneStreams.some((name) => name === text) ||
    namePrefixes.some(
      (prefix) => text.startsWith(`${prefix}_`) && NAME.test(text.slice(prefix.length + 1)),
    )
  );
}
