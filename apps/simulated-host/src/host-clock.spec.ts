import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Home } from './home.js';
import { hostClockFrom, hostTimeAt } from './host-clock.js';

const START_MS = 1_750_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'bulkhead-host-clock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the clock of simulated hosts', () => {
  it('is that of their machine unless it was ever made to run faster', () => {
    const clock = hostClockFrom(null, START_MS, 1);
    expect(hostTimeAt(clock, START_MS + 5_000)).toBe(START_MS + 5_000);
  });

  it('goes on at its speed while no process runs', () => {
    const clock = hostClockFrom(null, START_MS, 60);
    expect(hostClockFrom(clock, START_MS + 1_000, 60)).toEqual(clock);
    expect(hostTimeAt(clock, START_MS + 1_000)).toBe(START_MS + 60_000);
  });

  it('never goes back when its speed is changed, nor when that of its machine is set back', () => {
    const fast = hostClockFrom(null, START_MS, 60);
    const slow = hostClockFrom(fast, START_MS + 1_000, 1);
    expect(hostTimeAt(slow, START_MS + 1_000)).toBe(START_MS + 60_000);
    expect(hostTimeAt(slow, START_MS + 3_000)).toBe(START_MS + 62_000);
    const setBack = hostClockFrom(slow, START_MS - 3_000, 1);
    expect(hostTimeAt(setBack, START_MS - 3_000)).toBe(START_MS + 60_000);
    expect(hostTimeAt(setBack, START_MS - 2_000)).toBe(START_MS + 61_000);
  });

  it('is kept whole in the folder of the hosts, and one that cannot be read is not guessed', () => {
    const home = new Home(folder);
    expect(home.clock()).toBeNull();
    const clock = hostClockFrom(null, START_MS, 2.5);
    home.keepClock(clock);
    expect(new Home(folder).clock()).toEqual(clock);
    expect(readdirSync(folder).sort()).toEqual(['clock.json', 'hosts', 'journals']);
    writeFileSync(join(folder, 'clock.json'), '{"atMs":17}');
    expect(() => home.clock()).toThrow('clock.json is not the clock of hosts');
  });
});
