import { expect, it } from 'vitest';
import { SWEEP_EVERY_MS } from '../hourly-sweep.js';
import type { Timers } from '../timers.js';
import { answerSweep, SWEEP_BATCH_ANSWERS } from './answer-sweep.js';

/** Timers that run when a test says so. */
class HandTimers implements Timers {
  private pending: { readonly delayMs: number; readonly run: () => void }[] = [];

  after(delayMs: number, run: () => void): () => void {
    const timer = { delayMs, run };
    this.pending.push(timer);
    return () => {
      this.pending = this.pending.filter((other) => other !== timer);
    };
  }

  get delays(): number[] {
    return this.pending.map(({ delayMs }) => delayMs);
  }

  ring(): void {
    for (const { run } of this.pending.splice(0)) run();
  }
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const settled = () => new Promise(setImmediate);

it('sweeps in bounded steps until nothing old is left, and again every hour', async () => {
  const timers = new HandTimers();
  let old = 2 * SWEEP_BATCH_ANSWERS + 1;
  const asked: number[] = [];
  const sweepAnswers = async (atMost: number) => {
    asked.push(atMost);
    const swept = Math.min(old, atMost);
    old -= swept;
    return swept;
  };
  const stopping = new AbortController();
  const sweep = answerSweep({ sweepAnswers, timers, logger: quiet });
  const running = sweep.run(stopping.signal);
  await settled();
  expect([old, asked]).toEqual([0, Array(3).fill(SWEEP_BATCH_ANSWERS)]);
  expect(timers.delays).toEqual([SWEEP_EVERY_MS]);
  old = 1;
  timers.ring();
  await settled();
  expect([old, asked.length]).toEqual([0, 4]);
  stopping.abort();
  await running;
  expect(timers.delays).toEqual([]);
});

it('ends with the database’s own error, so that it is tried again', async () => {
  const away = new Error('away');
  const sweepAnswers = () => Promise.reject(away);
  const sweep = answerSweep({ sweepAnswers, timers: new HandTimers(), logger: quiet });
  await expect(sweep.run(new AbortController().signal)).rejects.toBe(away);
});
