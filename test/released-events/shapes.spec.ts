import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { KNOWN_EVENTS, knownEvents } from '../../libs/event-store/src/log/known-events.js';
import { EventTypes } from './event-shapes.js';
import { misfits, printed, type Shape } from './shape.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const released: Record<string, string> = JSON.parse(readFileSync(at('shapes.json'), 'utf8'));
const fixtures = readdirSync(at('.'))
  .filter((name) => /\.v\d+\.json$/.test(name))
  .map((name) => [name, JSON.parse(readFileSync(at(name), 'utf8')) as AnyEvent] as const);
const shapes = new EventTypes(at('../../libs/domain/src/domain-event.ts')).payloadsOf(
  'DomainEvent',
);

const ADVICE =
  'An event keeps the shape that it was released with; CONTRIBUTING.md says under "A changed event" what needs the next version, and what only its line in shapes.json.';

describe('the shape of every event', () => {
  it('is written down for each version that was ever released', () => {
    const versions = Object.entries(KNOWN_EVENTS).flatMap(([type, newest]) =>
      Array.from({ length: newest }, (_, nr) => `${type}.v${nr + 1}`),
    );
    expect(Object.keys(released).sort()).toEqual(versions.sort());
  });

  it.each([...shapes])('%s is what it was when it was released', (name, shape) => {
    expect(printed(shape), ADVICE).toBe(released[name]);
  });

  it.each(fixtures)('%s, as this version reads it, is of the type that is folded', (_, stored) => {
    const { type, schemaVersion, payload } = knownEvents.read(1, stored);
    const shape = shapes.get(`${type}.v${schemaVersion}`);
    expect(shape === undefined ? ['no such type'] : misfits(payload, shape), ADVICE).toEqual([]);
  });
});

/** One event, and everything that somebody might do to it without thinking of those that are stored. */
const PLANTED = `
  type Event<T extends string, V extends number, P> =
    { readonly type: T; readonly schemaVersion: V; readonly payload: Readonly<P> };
  interface Part { readonly name: string; readonly size: number | null }
  type Of<P> = Event<'Painted', 1, P>;
  export type Released = Of<{ colour: 'red' | 'blue'; by: \`usr_\${string}\`; parts: readonly Part[] }>;
  export type Added = Of<{ colour: 'red' | 'blue'; by: \`usr_\${string}\`; parts: Part[]; when: number }>;
  export type Removed = Of<{ colour: 'red' | 'blue'; parts: readonly Part[] }>;
  export type Renamed = Of<{ color: 'red' | 'blue'; by: \`usr_\${string}\`; parts: readonly Part[] }>;
  export type Retyped = Of<{ colour: 'red' | 'blue'; by: number; parts: readonly Part[] }>;
  export type Within = Of<{ colour: 'red' | 'blue'; by: \`usr_\${string}\`; parts: { name: string }[] }>;
  export type NullGone = Of<{ colour: 'red' | 'blue'; by: \`usr_\${string}\`; parts: { name: string; size: number }[] }>;
  export type NewValue = Of<{ colour: 'red' | 'blue' | 'green'; by: \`usr_\${string}\`; parts: readonly Part[] }>;
  export type LostValue = Of<{ colour: 'red'; by: \`usr_\${string}\`; parts: readonly Part[] }>;
  export type OtherIds = Of<{ colour: 'red' | 'blue'; by: \`user_\${string}\`; parts: readonly Part[] }>;
  export type MadeOptional = Of<{ colour: 'red' | 'blue'; by?: \`usr_\${string}\`; parts: readonly Part[] }>;
  export type Optional = Of<{ colour: 'red' | 'blue'; by: \`usr_\${string}\`; parts: readonly Part[]; when?: number }>;
  export type Same = Of<Readonly<{ parts: Part[]; by: \`usr_\${string}\`; colour: 'blue' | 'red' }>>;`;

describe('a change of an event without a new version', () => {
  const types = new EventTypes(at('planted-events.ts'), PLANTED);
  const shapeOf = (name: string) => types.payloadsOf(name).get('Painted.v1') as Shape;
  const before = shapeOf('Released');
  const stored = { colour: 'blue', by: 'usr_1', parts: [{ name: 'door', size: 2 }] };

  it.each([
    ['a new field', 'Added'],
    ['a field that is gone', 'Removed'],
    ['a field of another name', 'Renamed'],
    ['a field of another type', 'Retyped'],
    ['a field of a part that is gone', 'Within'],
    ['a field that may no longer be empty', 'NullGone'],
    ['a value that older versions do not know', 'NewValue'],
    ['a value that is no longer possible', 'LostValue'],
    ['ids of another form', 'OtherIds'],
    ['a field that may be left out from now on', 'MadeOptional'],
    ['a new field that may be left out, until it is written down', 'Optional'],
  ])('is noticed: %s', (_, name) => {
    expect(printed(shapeOf(name))).not.toBe(printed(before));
  });

  it.each(['Added', 'Removed', 'Renamed', 'Retyped', 'Within', 'LostValue', 'OtherIds'])(
    'is noticed by what is stored as well, whatever is written down: %s',
    (name) => {
      expect(misfits(stored, shapeOf(name))).not.toEqual([]);
    },
  );

  it('is none where only the order or the spelling of the type is another one', () => {
    expect(printed(shapeOf('Same'))).toBe(printed(before));
    expect(misfits(stored, before)).toEqual([]);
    expect(misfits(stored, shapeOf('Optional'))).toEqual([]);
    expect(misfits({ ...stored, colour: 'green' }, before)).toEqual([
      'payload.colour is none of "blue" | "red"',
    ]);
  });
});
