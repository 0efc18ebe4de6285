import { describe, expect, it } from 'vitest';
import { PacedTime } from './paced-time.js';
import { VirtualTime } from './timers.js';

const START_MS = 1_750_000_000_000;

function paced(speed: number) {
  const outer = new VirtualTime(START_MS);
  const time = new PacedTime({ clock: outer.clock, timers: outer, speed });
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${time.clock() - START_MS}`);
  return { outer, time, ran, note };
}

describe('time that follows a clock', () => {
  it('runs in real time what falls due, with one timer for all that waits', () => {
    const { outer, time, ran, note } = paced(1);
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
    ] as const) {
      time.after(ms, note(name));
    }
    expect(outer.waiting).toBe(1);
    outer.advance(25);
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20']);
    outer.advance(25);
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(outer.waiting).toBe(0);
  });

  it('lets an hour pass in a minute at speed 60', () => {
    const { outer, time, ran, note } = paced(60);
    time.after(3_600_000, note('an hour'));
    outer.advance(59_999);
    expect(ran).toEqual([]);
    outer.advance(1);
    expect(ran).toEqual(['an hour@3600000']);
  });

  it('begins where it is told to, whatever time it is outside', () => {
    const outer = new VirtualTime(START_MS);
    const fromMs = START_MS + 86_400_000;
    const time = new PacedTime({ clock: outer.clock, timers: outer, speed: 60, fromMs });
    let ranAtMs = 0;
    time.after(60_000, () => {
      ranAtMs = time.clock();
    });
    outer.advance(1_000);
    expect(ranAtMs).toBe(fromMs + 60_000);
  });

  it('runs nothing that was cancelled, and wakes for what is asked for later and due earlier', () => {
    const { outer, time, ran, note } = paced(1);
    const cancel = time.after(50, note('cancelled'));
    time.after(40, note('late'));
    outer.advance(5);
    time.after(5, note('early'));
    cancel();
    outer.advance(100);
    expect(ran).toEqual(['early@10', 'late@40']);
  });

  it('goes on after a call that failed', () => {
    const { outer, time, ran, note } = paced(1);
    time.after(1, () => {
      throw new Error('it failed');
    });
    time.after(1, note('next'));
    expect(() => outer.advance(1)).toThrow('it failed');
    outer.advance(1);
    expect(ran).toHaveLength(1);
  });

  it('sleeps in naps, so that a clock that was set forward is noticed', () => {
    const { outer, time, ran, note } = paced(1);
    time.after(86_400_000, note('a day'));
    outer.advance(86_400_000);
    expect(ran).toEqual(['a day@86400000']);
  });

  it('refuses to stand still', () => {
    const outer = new VirtualTime(START_MS);
    expect(() => new PacedTime({ clock: outer.clock, timers: outer, speed: 0 })).toThrow(
      RangeError,
    );
  });
});
