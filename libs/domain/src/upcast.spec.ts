import { describe, expect, expectTypeOf, it } from 'vitest';
import { BrokenInvariant } from './decider.js';
import type { DomainEvent } from './domain-event.js';
import { type Event, event } from './event.js';
import { upcast, upcasters } from './upcast.js';
import type { UpcastersOf, VersionsBelow } from './upcasts.js';

/** A type that has changed twice, made up for these tests: no released one has. */
type Painted = Event<'Painted', 3, { colour: { name: string; shade: number } }>;
type Washed = Event<'Washed', 1, { soap: string }>;

const known: UpcastersOf<Painted | Washed> = {
  Painted: {
    1: ({ color }: { color: string }) => ({ colour: color }),
    2: ({ colour }: { colour: string }) => ({ colour: { name: colour, shade: 0 } }),
  },
};

describe('an event of an older version', () => {
  const read = (schemaVersion: number, payload: object) =>
    upcast(known, { type: 'Painted', schemaVersion, payload }, 3);

  it('is read as the newest version has it, one version after the other', () => {
    const newest = { colour: { name: 'red', shade: 0 } };
    expect(read(1, { color: 'red' })).toEqual(newest);
    expect(read(2, { colour: 'red' })).toEqual(newest);
    expect(read(3, newest)).toBe(newest);
  });

  it('is not changed by being read', () => {
    const stored = Object.freeze({ color: 'red' });
    expect(read(1, stored)).toEqual(read(1, stored));
    expect(stored).toEqual({ color: 'red' });
  });

  it('is never handed on half way: a version without a function is an error', () => {
    const gap = { Painted: { 2: known.Painted[2] } };
    const old = { type: 'Painted', schemaVersion: 1, payload: { color: 'red' } };
    expect(() => upcast(gap, old, 3)).toThrow(BrokenInvariant);
    expect(() => upcast(gap, old, 3)).toThrow('nothing reads Painted version 1');
  });
});

describe('the compiler', () => {
  it('demands a function for each older version, and from the last one what the newest holds', () => {
    expectTypeOf<VersionsBelow<1>>().toEqualTypeOf<never>();
    expectTypeOf<VersionsBelow<3>>().toEqualTypeOf<1 | 2>();
    const [first, second] = [known.Painted[1], known.Painted[2]];
    // @ts-expect-error the type that has changed has no entry
    const nothing: UpcastersOf<Painted | Washed> = {};
    // @ts-expect-error version 1 is missing
    const gap: UpcastersOf<Painted> = { Painted: { 2: second } };
    // @ts-expect-error the last function does not give what version 3 holds
    const wrong: UpcastersOf<Painted> = { Painted: { 1: first, 2: () => ({ colour: 'red' }) } };
    expect([nothing, gap, wrong]).toHaveLength(3);
  });

  it('demands the version of an event whose type has changed, and takes none for the others', () => {
    expect(event<Washed>('Washed', 1, { soap: 'x' }).schemaVersion).toBe(1);
    const colour = { name: 'red', shade: 1 };
    expect(event<Painted>('Painted', 1, { colour }, 3).schemaVersion).toBe(3);
    // @ts-expect-error version 3 is to be said
    expect(event<Painted>('Painted', 1, { colour }).schemaVersion).toBe(1);
  });

  it('has what it demands of the events that have changed', () => {
    expectTypeOf(upcasters).toEqualTypeOf<UpcastersOf<DomainEvent>>();
  });
});
