import { describe, expect, it } from 'vitest';
import { ManualTimers } from '../streams/manual-timers.contract.js';
import { SharedQuestion } from './shared-question.js';

const WITHIN_MS = 3_000;

interface Asked {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/** A server that answers when a test says so; each question stands at its place. */
function questioned() {
  const timers = new ManualTimers();
  const asked: Asked[] = [];
  const question = () =>
    new Promise<string>((resolve, reject) => {
      asked.push({ resolve, reject });
    });
  const shared = new SharedQuestion(timers, WITHIN_MS, question);
  /** What one who asks gets to know, in time or not. */
  const ask = () => shared.ask().catch(({ message }: Error) => message);
  return { timers, asked, ask };
}

const LATE = 'no answer within 3000 ms';

describe('whether a server answers', () => {
  it('is asked once for all who want to know it at a time, and again for those who come later', async () => {
    const { asked, ask } = questioned();
    const both = [ask(), ask()];
    asked[0]?.resolve('yes');
    expect(await Promise.all(both)).toEqual(['yes', 'yes']);
    const later = ask();
    asked[1]?.reject(new Error('away'));
    expect(await later).toBe('away');
    expect(asked.length).toBe(2);
  });

  it('is told to nobody later than within the bound, and lets no questions pile up however long it is silent', async () => {
    const { timers, asked, ask } = questioned();
    const answers: Promise<string>[] = [];
    for (let second = 0; second < 30; second += 1) {
      answers.push(ask(), ask());
      await timers.pass(1_000);
    }
    await timers.pass(WITHIN_MS);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([LATE]));
    expect(asked.length).toBe(2);
  });

  it('is asked on another way where one question got lost, which holds up nobody after the bound', async () => {
    const { timers, asked, ask } = questioned();
    const lost = ask();
    await timers.pass(WITHIN_MS);
    expect(await lost).toBe(LATE);
    for (let times = 1; times <= 3; times += 1) {
      const answer = ask();
      asked[times]?.resolve('yes');
      expect(await answer).toBe('yes');
    }
  });

  it('is known again as soon as the server answers', async () => {
    const { timers, asked, ask } = questioned();
    void ask();
    await timers.pass(WITHIN_MS);
    void ask();
    await timers.pass(WITHIN_MS);
    const waits = ask();
    for (const question of asked) question.resolve('yes');
    expect(await waits).toBe('yes');
    const next = ask();
    asked[2]?.resolve('yes again');
    expect(await next).toBe('yes again');
  });
});
