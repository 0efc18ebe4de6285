import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Capacity,
  firstFitDecreasing,
  type Item,
  lowerBound,
} from './first-fit-decreasing.js';

const of: Capacity = { cpuMillis: 10, memoryMiB: 10 };
const item = (cpuMillis: number, memoryMiB = 0, silosOf: string | null = null): Item => ({
  ...{ cpuMillis, memoryMiB, silosOf },
});
/** Every way to put so few items on hosts can be tried. */
const ITEMS_TRIED_MAX = 6;
const seed = 20_261_121;
const sizes = fc.integer({ min: 1, max: 10 });
const boundaries = fc.constantFrom('red', 'blue', null);
const anyItems = fc.array(fc.tuple(sizes, sizes, boundaries), {
  minLength: 1,
  maxLength: ITEMS_TRIED_MAX,
});

/** The fewest hosts that hold all items, found by trying every way: each to a host that has some, or to a new one. */
function fewest(items: readonly Item[]): number {
  let best = items.length;
  const hosts: Item[][] = [];
  const put = (at: number): void => {
    if (hosts.length >= best) return;
    const next = items[at];
    if (next === undefined) {
      best = hosts.length;
      return;
    }
    for (const host of hosts) {
      host.push(next);
      if (isAllowed(host)) put(at + 1);
      host.pop();
    }
    hosts.push([next]);
    put(at + 1);
    hosts.pop();
  };
  put(0);
  return best;
}

function isAllowed(host: readonly Item[]): boolean {
  const sum = (what: (one: Item) => number) => host.reduce((total, one) => total + what(one), 0);
  const owners = new Set(host.flatMap(({ silosOf }) => silosOf ?? []));
  const fits = sum((one) => one.cpuMillis) <= of.cpuMillis;
  return fits && sum((one) => one.memoryMiB) <= of.memoryMiB && owners.size <= 1;
}

describe('first-fit-decreasing, which the packing of the placer is held against', () => {
  it('fills hosts with the largest first', () => {
    // In the order given, 1 and 3 would meet first, and a third host would be needed.
    expect(
      firstFitDecreasing(
        [1, 3, 7, 9].map((cpu) => item(cpu)),
        of,
      ),
    ).toBe(2);
    expect(firstFitDecreasing([item(6, 1), item(4, 9)], of)).toBe(1);
    expect(firstFitDecreasing([item(6, 2), item(4, 9)], of)).toBe(2);
    expect(firstFitDecreasing([], of)).toBe(0);
  });

  it('puts silos of two boundaries on two hosts, and utility VMs beside whomever it likes', () => {
    const [red, blue, virtual] = [item(1, 1, 'red'), item(1, 1, 'blue'), item(1, 1)];
    expect(firstFitDecreasing([red, red, virtual], of)).toBe(1);
    expect(firstFitDecreasing([red, blue, virtual, virtual], of)).toBe(2);
    expect(lowerBound([red, blue, virtual, virtual], of)).toBe(2);
  });

  it('refuses what no host has room for', () => {
    expect(() => firstFitDecreasing([item(11)], of)).toThrow('no host has 11 cpuMillis');
  });

  it('never needs fewer hosts than there must be, nor does its bound ask for more', () => {
    void fc.assert(
      fc.property(anyItems, (drawn) => {
        const items = drawn.map(([cpu, memory, silosOf]) => item(cpu, memory, silosOf));
        const least = fewest(items);
        expect(lowerBound(items, of)).toBeLessThanOrEqual(least);
        expect(firstFitDecreasing(items, of)).toBeGreaterThanOrEqual(least);
      }),
      { seed, numRuns: 500 },
    );
  });

  it('is as good as is known of it: at most 11/9 of the fewest and 6/9, for one resource', () => {
    const drawn = fc.array(sizes, { minLength: 1, maxLength: ITEMS_TRIED_MAX });
    void fc.assert(
      fc.property(drawn, (cpus) => {
        const items = cpus.map((cpu) => item(cpu));
        const bound = (11 * fewest(items) + 6) / 9;
        expect(firstFitDecreasing(items, of)).toBeLessThanOrEqual(bound);
      }),
      { seed, numRuns: 500 },
    );
  });

  it('shares no code with what it judges', () => {
    const source = readFileSync(new URL('first-fit-decreasing.ts', import.meta.url), 'utf8');
    expect(source).not.toMatch(/\bimport\b/);
  });
});
