import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentsOf, indexOf } from '../../../../../test/domain/index-contents.js';
import { scanForCandidates } from '../../../../../test/domain/linear-scan.js';
import { play, randomActs } from '../../../../../test/domain/random-history.js';
import {
  randomAlike,
  randomFineWanted,
  randomHost,
  randomWanted,
} from '../../../../../test/domain/random-hosts.js';
import type { HostId } from '../../ids.js';
import { candidatesFor, type Wanted } from '../candidates.js';
import { emptyFleet, putHost, reserve } from '../fleet/fleet.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { HostIndex } from './host-index.js';

const seed = 20_261_121;
const HOSTS = 150;
/** So many that shelves of them are kept as grids, and given up again. */
const ALIKE = 400;
const CHANGES = 500;

const changes = (most: number, hosts: number) =>
  fc.array(randomHost(hosts), { minLength: 1, maxLength: most, size: 'max' });
/** So that many of them have the very same room. */
const ROOM_STEP = 1_000;
/** So that all of them have about the same room. */
const ROOM_SHARE = 0.1;
const alike = randomAlike(ALIKE);
const equals = randomAlike(ALIKE, ROOM_STEP);
const close = randomAlike(ALIKE, 1, ROOM_SHARE);
const questions = fc.array(randomWanted, { minLength: 4, maxLength: 12 });

/** The hosts after these changes, and an index that saw them all. */
function changed(hostChanges: readonly FleetHost[], utilityVmsMax?: number) {
  const hosts = new Map<HostId, FleetHost>();
  const index = new HostIndex(utilityVmsMax);
  for (const host of hostChanges) {
    hosts.set(host.hostId, host);
    index.put(host);
  }
  return { hosts, index };
}

/** The index answers as a plain look at every host does, in whatever order. */
function judge([hostChanges, asked]: [FleetHost[], Wanted[]]): void {
  // By turns what Hyper-V allows, and few enough that many hosts hold as many.
  const utilityVmsMax = hostChanges.length % 2 === 0 ? undefined : 2;
  const { hosts, index } = changed(hostChanges, utilityVmsMax);
  for (const wanted of asked) {
    const reversed = new Map([...hosts].reverse());
    const scanned = scanForCandidates(reversed, wanted, utilityVmsMax);
    expect(candidatesFor(index, wanted)).toEqual(scanned);
  }
}

describe('choosing a host by the index', () => {
  it('gives the answer that looking at every host gives, whatever the fleet and the question', () => {
    const few = fc.tuple(changes(12, 6), questions);
    const many = fc.tuple(changes(CHANGES, HOSTS), questions);
    void fc.assert(fc.property(few, judge), { numRuns: 400, seed });
    void fc.assert(fc.property(many, judge), { numRuns: 60, seed });
  });

  it.each([
    { room: 'any room', hosts: alike },
    { room: 'the very same room', hosts: equals },
    { room: 'about the same room', hosts: close },
  ])('gives that answer for hundreds of hosts that are alike, with $room', ({ hosts }) => {
    const fine = fc.array(randomFineWanted, { minLength: 100, maxLength: 150, size: 'max' });
    void fc.assert(fc.property(fc.tuple(hosts, fine), judge), { numRuns: 5, seed });
  });

  it('gives that answer after every act of random histories too', () => {
    const property = fc.property(randomActs, questions, (acts, asked) => {
      play(acts, ({ fleet }) => {
        for (const wanted of asked) {
          const scanned = scanForCandidates(fleet.hosts, wanted);
          expect(candidatesFor(fleet.index, wanted)).toEqual(scanned);
        }
      });
    });
    void fc.assert(property, { numRuns: 20, seed });
  });
});

describe('the index', () => {
  it('is the same as one built anew after room was taken and given back in place', () => {
    const takes = fc.array(fc.tuple(fc.nat(ALIKE), fc.integer({ min: -8, max: 8 })), {
      maxLength: 300,
      size: 'max',
    });
    const property = fc.property(alike, takes, (hostChanges, taken) => {
      const fleet = emptyFleet();
      for (const host of hostChanges) putHost(fleet, host);
      const hostIds = [...fleet.hosts.keys()];
      for (const [at, much] of taken) {
        const hostId = hostIds[at % hostIds.length] as HostId;
        const reserved = { cpuMillis: Math.abs(much) * 100, memoryMiB: Math.abs(much) * 90 };
        const isolation = much % 2 === 0 ? 'hyperv' : 'process';
        const hold = { hostId, reserved, isolation, batchId: null, tenantId: null } as const;
        reserve(fleet, hold, much < 0 ? -1 : 1);
      }
      expect(contentsOf(fleet.index)).toEqual(contentsOf(indexOf(fleet.hosts.values())));
    });
    void fc.assert(property, { numRuns: 10, seed });
  });

  it('is the same as one that is built anew from the hosts as they are, in any order', () => {
    const any = fc.oneof(changes(CHANGES, HOSTS), alike);
    const property = fc.property(any, (hostChanges) => {
      const { hosts, index } = changed(hostChanges);
      const anew = indexOf([...hosts.values()].sort((a, b) => (a.hostId < b.hostId ? 1 : -1)));
      expect(contentsOf(index)).toEqual(contentsOf(anew));
    });
    void fc.assert(property, { numRuns: 20, seed });
  });

  it('is in step with the fleet after every act of random histories', () => {
    const property = fc.property(randomActs, (acts) => {
      play(acts, ({ fleet }) => {
        expect(contentsOf(fleet.index)).toEqual(contentsOf(indexOf(fleet.hosts.values())));
      });
    });
    void fc.assert(property, { numRuns: 20, seed });
  });

  it('knows whose claim is on its way, and how much any host has free', () => {
    const property = fc.property(changes(60, 20), (hostChanges) => {
      const { hosts, index } = changed(hostChanges);
      const all = [...hosts.values()].filter(({ state }) => state.condition !== 'retired');
      for (const boundary of ['red', 'blue', 'green'] as never[]) {
        const claimed = all.some(
          ({ kernel }) => kernel?.claimPending && kernel.trustBoundary === boundary,
        );
        expect(index.claimIsPending(boundary)).toBe(claimed);
      }
      const free = (of: (host: FleetHost) => number) => Math.max(0, ...all.map(of));
      expect(index.mostFree()).toEqual({
        cpuMillis: free(({ state, usedCpuMillis }) => (state.spec?.cpuMillis ?? 0) - usedCpuMillis),
        memoryMiB: free(({ state, usedMemoryMiB }) => (state.spec?.memoryMiB ?? 0) - usedMemoryMiB),
      });
    });
    void fc.assert(property, { numRuns: 60, seed });
  });
});
