import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostId } from '@bulkhead/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { Home } from './home.js';
import { hostClockFrom, hostTimeAt } from './host-clock.js';

const START_MS = 1_750_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-host-clock-'));
const setBack = mkdtempSync(join(tmpdir(), 'bulkhead-host-clock-'));
afterAll(() => {
  for (const made of [folder, setBack]) rmSync(made, { recursive: true });
});

describe('the clock of simulated hosts', () => {
  it('is that of their machine unless it was ever made to run faster', () => {
    const clock = hostClockFrom(null, START_MS, 1, 0);
    expect(hostTimeAt(clock, START_MS + 5_000)).toBe(START_MS + 5_000);
  });

  it('goes on at its speed while no process runs', () => {
    const clock = hostClockFrom(null, START_MS, 60, 0);
    expect(hostClockFrom(clock, START_MS + 1_000, 60, 0)).toEqual(clock);
    expect(hostTimeAt(clock, START_MS + 1_000)).toBe(START_MS + 60_000);
  });

  it('never goes back when its speed is changed, nor when that of its machine is set back', () => {
    const fast = hostClockFrom(null, START_MS, 60, 0);
    const slow = hostClockFrom(fast, START_MS + 1_000, 1, 0);
    expect(hostTimeAt(slow, START_MS + 1_000)).toBe(START_MS + 60_000);
    expect(hostTimeAt(slow, START_MS + 3_000)).toBe(START_MS + 62_000);
    const earlier = hostClockFrom(slow, START_MS - 3_000, 1, 0);
    expect(hostTimeAt(earlier, START_MS - 3_000)).toBe(START_MS + 60_000);
    expect(hostTimeAt(earlier, START_MS - 2_000)).toBe(START_MS + 61_000);
  });

  it('begins no earlier than its journals end, when the clock of its machine was set back a little', () => {
    const home = new Home(setBack);
    expect(home.toldMs()).toBe(0);
    const clock = hostClockFrom(null, START_MS, 60, home.toldMs());
    const hostIds = [newId(1), newId(2), newId(3)] as const;
    const lines = [`{"atMs":${START_MS}}\n{"atMs":${START_MS + 3_600_000}}\n{"atMs":99`, '', '{"a'];
    for (const [at, hostId] of hostIds.entries()) {
      writeFileSync(home.journalPath(hostId), lines[at] ?? '');
    }
    expect(home.toldMs()).toBe(START_MS + 3_600_000);
    // After a minute, in which the machine was set back by ten seconds.
    const again = hostClockFrom(clock, START_MS + 50_000, 60, home.toldMs());
    expect(hostTimeAt(again, START_MS + 50_000)).toBe(START_MS + 3_600_000);
    expect(hostTimeAt(again, START_MS + 51_000)).toBe(START_MS + 3_660_000);
    const onTime = hostClockFrom(clock, START_MS + 60_000, 60, home.toldMs());
    expect(onTime).toBe(clock);
  });

  it('is kept whole in the folder of the hosts, and one that cannot be read is not guessed', () => {
    const home = new Home(folder);
    expect(home.clock()).toBeNull();
    const clock = hostClockFrom(null, START_MS, 2.5, 0);
    home.keepClock(clock);
    expect(new Home(folder).clock()).toEqual(clock);
    expect(readdirSync(folder).sort()).toEqual(['clock.json', 'hosts', 'journals']);
    writeFileSync(join(folder, 'clock.json'), '{"atMs":17}');
    expect(() => home.clock()).toThrow('clock.json is not the clock of hosts');
  });
});

function newId(nr: number): HostId {
  return `host_${String(nr).padStart(32, '0')}`;
}
