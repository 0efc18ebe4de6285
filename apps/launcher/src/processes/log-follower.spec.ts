import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFollower } from './log-follower.js';

let folder: string;
let path: string;
let shown: string[];
let follower: LogFollower;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-log-follower-'));
  path = join(folder, 'api.log');
  shown = [];
  nowMs = 0;
  follower = new LogFollower(
    path,
    (line) => shown.push(line),
    () => nowMs,
  );
});
afterEach(() => {
  follower.close(false);
  rmSync(folder, { recursive: true, force: true });
});

describe('whoever follows the log of a process', () => {
  it('sees warnings and last words, and no everyday lines', () => {
    const everyday = JSON.stringify({ level: 30, msg: 'request answered' });
    const warning = JSON.stringify({ level: 40, msg: 'slow', err: { message: 'disk' } });
    const failed = JSON.stringify({ level: 40, msg: 'job failed', error: 'Error: no host' });
    const part = JSON.stringify({ level: 50, msg: 'component failed', component: 'placer' });
    appendFileSync(path, `${everyday}\n${warning}\n${failed}\n${part}\nTypeError: oops\n`);
    follower.poll();
    const warnings = ['slow: disk', 'job failed: Error: no host', 'component failed: placer'];
    expect(shown).toEqual([...warnings, 'TypeError: oops']);
  });

  it('sees once what comes again and again, and every ten seconds how often it came', () => {
    const trouble = (msg: string) => `${JSON.stringify({ level: 40, msg })}\n`;
    const words = ['no answer', 'no answer', 'slow', 'no answer'];
    appendFileSync(path, words.map(trouble).join(''));
    follower.poll();
    expect(shown).toEqual(['no answer', 'slow']);
    nowMs = 10_000;
    follower.poll();
    appendFileSync(path, ['no answer', 'slow'].map(trouble).join(''));
    follower.poll();
    expect(shown.slice(2)).toEqual(['no answer (2 more of these)', 'slow']);
    follower.close();
    expect(shown.slice(4)).toEqual(['no answer (1 more of these)']);
  });

  it('sees last words as they stand, also where two lines of them are the same', () => {
    appendFileSync(path, 'Error: oops\n  at a\n  at a\n');
    follower.poll();
    expect(shown).toEqual(['Error: oops', '  at a', '  at a']);
  });

  it('goes on when somebody takes the file away, and sees what comes into a new one', () => {
    appendFileSync(path, 'before\n');
    follower.poll();
    rmSync(path);
    follower.poll();
    follower.beginRun();
    expect(follower.tail()).toBe('');
    writeFileSync(path, 'anew\n');
    follower.poll();
    expect(shown).toEqual(['before', 'anew']);
    expect(follower.tail()).toBe('anew');
  });
});
