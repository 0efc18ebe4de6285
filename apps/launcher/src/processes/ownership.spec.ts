import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChildRegister } from './orphans.js';
import { claimOwnership } from './ownership.js';
import { isRunning, processIdentity } from './process-identity.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-owner-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder', () => {
  it('has one owner at a time, until the owner gives it back', () => {
    const path = join(folder, 'owner');
    const giveBack = claimOwnership(path);
    expect(() => claimOwnership(path)).toThrow(`Process ${process.pid} already uses this folder`);
    giveBack();
    expect(existsSync(path)).toBe(false);
    claimOwnership(path)();
  });

  it('is free when its owner is gone, also when another process got the number', () => {
    const path = join(folder, 'stale');
    writeFileSync(path, `${process.pid}@an-earlier-time\n`);
    const giveBack = claimOwnership(path);
    expect(existsSync(path)).toBe(true);
    giveBack();
  });
});

describe('children of a launcher that was killed', () => {
  it('are waited for, and ended when they do not stop by themselves', async () => {
    const register = join(folder, 'children.json');
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    new ChildRegister(register).add('worker', child.pid!);
    expect(await new ChildRegister(register).clearOrphans()).toBe(1);
    await gone;
    expect(isRunning(child.pid!)).toBe(false);
    expect(await new ChildRegister(register).clearOrphans()).toBe(0);
  });

  it('are not confused with a stranger that has the same number', async () => {
    const register = join(folder, 'strangers.json');
    writeFileSync(register, JSON.stringify([`${process.pid}@another-time`]));
    expect(await new ChildRegister(register).clearOrphans()).toBe(0);
    expect(processIdentity(process.pid)).toMatch(new RegExp(`^${process.pid}@`));
  });
});
