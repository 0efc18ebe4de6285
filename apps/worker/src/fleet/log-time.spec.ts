import { describe, expect, it } from 'vitest';
import { LogTime, READING_KEPT_MS } from './log-time.js';

describe('the time by the log’s clock', () => {
  it('is in whole milliseconds and never ahead, however finely our own clock counts', async () => {
    let steadyMs = 56_763.125;
    const log = { nowMs: async () => 1_000_000 };
    const time = new LogTime(log, () => steadyMs);
    expect(await time.nowMs()).toBe(1_000_000);
    steadyMs += 1.99;
    expect(await time.nowMs()).toBe(1_000_001);
    steadyMs += 0.02;
    expect(await time.nowMs()).toBe(1_000_002);
  });

  it('is asked of the log again after a while, and so obeys it where it was set', async () => {
    let logMs = 1_000_000;
    let steadyMs = 0.5;
    const time = new LogTime({ nowMs: async () => logMs }, () => steadyMs);
    await time.nowMs();
    logMs = 5_000_000;
    steadyMs += READING_KEPT_MS - 1;
    expect(await time.nowMs()).toBe(1_000_000 + READING_KEPT_MS - 1);
    steadyMs += 1;
    expect(await time.nowMs()).toBe(5_000_000);
  });
});
