import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostmaster, findPostmasterAsOwner } from './postmaster.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;
let stranger: ReturnType<typeof spawn>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-postmaster-'));
  chmodSync(folder, 0o777);
  stranger = spawn('sleep', ['60'], { cwd: tmpdir() });
  const lines = [stranger.pid, folder, 0, 5432, '', '127.0.0.1', 0, 'ready', ''];
  writeFileSync(join(folder, 'postmaster.pid'), lines.join('\n'));
});
afterEach(() => {
  stranger.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('the file that says which server runs on a data folder', () => {
  it('is removed by the owner of the folder where its number is some other program', () => {
    expect(findPostmasterAsOwner(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(false);
  });

  it('stays for whoever only looks: a server may have written its own by then', () => {
    expect(findPostmaster(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
  });

  it('stays where its process is gone: it tells the next server what that may have left running', async () => {
    stranger.kill('SIGKILL');
    await new Promise((resolve) => stranger.once('exit', resolve));
    expect(findPostmasterAsOwner(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
  });

  it.skipIf(!isRoot)('stays for whoever may not look at that process', () => {
    process.seteuid?.(NOBODY);
    try {
      expect(findPostmasterAsOwner(folder)?.pid).toBe(stranger.pid);
      expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
    } finally {
      process.seteuid?.(0);
    }
  });
});
