import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DomainEvent } from '@bulkhead/domain';
import { KEPT_STATES, PROJECTIONS, type Projection } from '@bulkhead/event-store';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { KNOWN_EVENTS } from '../../libs/event-store/src/log/known-events.js';
import { folds, type Type } from './histories.js';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
/**
 * By projection and version (`workloads@1`), and by event type in the order of their coming: what rows
 * the histories below give. Lines are added, for a new type or for all types of a new version, and never
 * edited: with other rows for the same events comes a new version.
 */
const recorded = JSON.parse(read('projections.json')) as Record<string, Record<string, string>>;

/**
 * By projection and version: the events, and their versions, that are in the states which it keeps for
 * commands. Lines are added for new versions, and never edited.
 */
const keptEvents = JSON.parse(read('kept-states.json')) as Record<string, readonly string[]>;

const newestOf = new Map(
  (Object.keys(folds) as Type[]).map((type) => [
    type,
    JSON.parse(read(`${type}.v${KNOWN_EVENTS[type]}.json`)) as DomainEvent,
  ]),
);
const newest = (type: Type) => newestOf.get(type) as DomainEvent;

/** The shortest history that ends with this type. */
const historyOf = (type: Type) => [...folds[type].after, type].map(newest);

/** A row as Postgres keeps it, without fields that are undefined; or what speaks against the history. */
function rowOf(projection: Projection, events: readonly DomainEvent[]): unknown {
  try {
    return JSON.parse(JSON.stringify(projection.rowOf(events)));
  } catch (error) {
    return (error as Error).name;
  }
}

/**
 * Of the rows of released events, which nobody edits: of a type's own history, and of every two types
 * that can meet, one after the history of the other. A type is paired with those that came before it, so
 * that a new type changes nothing of theirs.
 */
function fingerprint(projection: Projection, types: readonly Type[], type: Type): string {
  const pairs = types.slice(0, types.indexOf(type) + 1).flatMap((earlier) => [
    [...historyOf(type), newest(earlier)],
    [...historyOf(earlier), newest(type)],
  ]);
  const rows = [historyOf(type), ...pairs].map((events) => rowOf(projection, events));
  const sha256 = createHash('sha256')
    .update(canonicalize(rows) ?? '')
    .digest('hex');
  return sha256.slice(0, 16);
}

const fingerprints = (projection: Projection, types: readonly Type[]) =>
  Object.fromEntries(types.map((type) => [type, fingerprint(projection, types, type)]));

const versioned = ({ name, version }: Projection) => `${name}@${version}`;
const recordedTypes = (projection: Projection) =>
  Object.keys(recorded[versioned(projection)] ?? {}) as Type[];

describe.each(PROJECTIONS.map((projection) => [versioned(projection), projection] as const))(
  'the read model %s',
  (name, projection) => {
    it('has a new version where the same events give other rows, so that workers rebuild it', () => {
      expect(
        fingerprints(projection, recordedTypes(projection)),
        `These are not the rows of ${name}: raise \`version\` in its file in libs/event-store/src/projections, and add the new fingerprints to projections.json.`,
      ).toEqual(recorded[name]);
    });

    it('has a fingerprint of its rows for every type of event that it is made of', () => {
      expect(recordedTypes(projection).sort()).toEqual([...projection.types].sort());
    });
  },
);

describe('the states that read models keep for commands', () => {
  const kept = PROJECTIONS.filter(({ name }) => KEPT_STATES.some((one) => one.name === name));

  it.each(kept.map((projection) => [versioned(projection), projection] as const))(
    'of %s have a new version where there is another event in them: a process that is older would decide on it unknown',
    (name, { types }) => {
      expect(
        types.map((type) => `${type}.v${KNOWN_EVENTS[type]}`).sort(),
        `Raise \`version\` of ${name}, and add the new version's line to kept-states.json and its fingerprints to projections.json. Without it an older process takes a state that a newer one made of events which it does not know, and guesses instead of waiting.`,
      ).toEqual(keptEvents[name]);
    },
  );
});

describe('the fingerprints of a read model', () => {
  it.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
    'of %s tell when an event is taken for none, or a column is another',
    (_name, projection) => {
      const types = recordedTypes(projection);
      for (const type of types) {
        const before = fingerprint(projection, types, type);
        const without = (history: readonly DomainEvent[]) =>
          projection.rowOf(history.filter((event) => event.type !== type));
        const added = (history: readonly DomainEvent[]) => ({
          ...projection.rowOf(history),
          added: history.length,
        });
        for (const rowOf of [without, added]) {
          expect(fingerprint({ ...projection, rowOf }, types, type), type).not.toBe(before);
        }
      }
    },
  );
});
