import { UnknownStoredEvent } from '@bulkhead/event-store';
import { describe, expect, it, vi } from 'vitest';
import { LeasesInMemory } from './in-memory-doubles.contract.js';
import { type Component, keepRunning } from './keep-running.js';
import { dutiesWhile } from './leases/duties.js';
import { LeaseKeeper } from './leases/lease-keeper.js';
import { NewerEvents } from './newer-events.js';
import { realTimers } from './real-time.js';

const LEADER = 'placer';
const HOST = 'host:host_1';
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const unknown = new UnknownStoredEvent(9, { type: 'WorkloadTeleported', schemaVersion: 1 });
const meet = (newer: NewerEvents, reader: string) =>
  newer.reading(reader, () => Promise.reject(unknown)).catch(() => {});

describe('a process that meets an event of a newer version', () => {
  it('stands back until every reader of it has come past', async () => {
    const newer = new NewerEvents();
    const changed = vi.fn();
    newer.onChange(changed);
    await expect(newer.reading('fleet', () => Promise.reject(unknown))).rejects.toBe(unknown);
    await meet(newer, 'batches');
    expect(newer.standsBack).toBe(true);
    expect(newer.sentences[0]).toMatch(/^fleet waits: position 9 holds WorkloadTeleported/);
    await newer.reading('fleet', async () => []);
    expect(newer.standsBack).toBe(true);
    await newer.reading('batches', async () => []);
    expect(newer.standsBack).toBe(false);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('does not for a failure of another kind', async () => {
    const newer = new NewerEvents();
    await newer.reading('fleet', () => Promise.reject(new Error('away'))).catch(() => {});
    expect(newer.standsBack).toBe(false);
  });

  it('gives up what it leads at once, and its hosts once another process leads', async () => {
    const table = new LeasesInMemory();
    const newer = new NewerEvents();
    const duties = dutiesWhile(newer, table.of('old'), LEADER);
    const old = new LeaseKeeper(table.of('old'), () => 0, realTimers, silent, duties);
    const young = new LeaseKeeper(table.of('young'), () => 0, realTimers, silent);
    for (const one of [old, young]) for (const name of [LEADER, HOST]) one.want(name);
    const held = (one: LeaseKeeper) => [one.epochOf(LEADER), one.epochOf(HOST)];

    await old.renew();
    expect(held(old)).toEqual([1, 1]);
    await meet(newer, 'fleet');
    await old.renew();
    expect(held(old)).toEqual([null, 1]);
    await young.renew();
    expect(held(young)).toEqual([2, null]);
    await old.renew();
    expect(held(old)).toEqual([null, null]);
    await young.renew();
    expect(held(young)).toEqual([2, 2]);
  });
});

describe('a component before an event of a newer version', () => {
  it('waits and looks again, where one that cannot be folded would end it for good', async () => {
    const states: string[] = [];
    let runs = 0;
    const component: Component = {
      name: 'fleet',
      run: async () => {
        runs += 1;
        if (runs < 3) throw unknown;
      },
    };
    const around = { clock: () => 0, timers: realTimers, logger: silent };
    await keepRunning(component, around, new AbortController().signal, (state) => {
      states.push(state);
    });
    expect(states).toEqual(['running', 'waiting', 'running', 'waiting', 'running']);
  });
});
