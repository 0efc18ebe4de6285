import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFollower } from './log-follower.js';

let folder: string;
let path: string;
let shown: string[];
let follower: LogFollower;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-log-follower-'));
  path = join(folder, 'api.log');
  shown = [];
  follower = new LogFollower(path, (line) => shown.push(line));
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
    appendFileSync(path, `${everyday}\n${warning}\n${failed}\nTypeError: oops\n`);
    follower.poll();
    expect(shown).toEqual(['slow: disk', 'job failed: Error: no host', 'TypeError: oops']);
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
