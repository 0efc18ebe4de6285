import { describe, expect, it } from 'vitest';
import { VirtualTime } from './timers.js';

describe('virtual time', () => {
  it('runs what falls due in the order of time, and of asking where times are equal', () => {
    const time = new VirtualTime(0);
    const ran: string[] = [];
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['d', 40],
    ] as const) {
      time.after(delayMs, () => ran.push(`${name}@${time.clock()}`));
    }
    time.advance(30);
    expect(ran).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(time.clock()).toBe(30);
  });

  it('runs what was asked for on the way, and nothing that was cancelled', () => {
    const time = new VirtualTime(5);
    const ran: number[] = [];
    const cancel = time.after(3, () => ran.push(-1));
    time.after(1, () => {
      cancel();
      time.after(2, () => ran.push(time.clock()));
    });
    time.advance(10);
    expect(ran).toEqual([8]);
  });

  it('keeps a thousand timers in order', () => {
    const time = new VirtualTime(0);
    const ran: number[] = [];
    for (let n = 0; n < 1_000; n++) time.after((n * 7_919) % 1_009, () => ran.push(time.clock()));
    time.advance(2_000);
    expect(ran).toHaveLength(1_000);
    expect(ran).toEqual([...ran].sort((a, b) => a - b));
  });
});
